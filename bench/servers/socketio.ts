/** The usual demo: each keystroke sends the whole file, which is kept in a Map and relayed to the others. */
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { port, ready } from './process.ts'

const FILE_BYTES = 100_000_000

const server = createServer()
const files = new Map<string, unknown>()
new Server(server, { maxHttpBufferSize: FILE_BYTES }).on('connection', (socket) => {
  socket.on('join', (room: string, answer: (file: unknown) => void) => {
    void socket.join(room)
    answer(files.get(room) ?? { from: -1, n: 0, text: '' })
  })
  socket.on('file', (room: string, file: unknown, answer: (done: boolean) => void) => {
    files.set(room, file)
    socket.to(room).emit('file', file)
    answer(true)
  })
})
server.listen(port, '127.0.0.1', () =>
  ready({
    async stop() {
      server.closeAllConnections()
      server.close()
    },
  }),
)
