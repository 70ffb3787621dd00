/** ShareDB with ot-text-unicode and its in-memory database, over ws as in its documentation. */
import { createServer } from 'node:http'
import WebSocketJSONStream from '@teamwork/websocket-json-stream'
import { type } from 'ot-text-unicode'
import ShareDB from 'sharedb'
import { WebSocketServer } from 'ws'
import { port, ready } from './process.ts'

ShareDB.types.register(type)
const backend = new ShareDB({ presence: true, doNotForwardSendPresenceErrorsToClient: true })
const server = createServer()
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
  // A client that disconnects is not a failure of the server.
  socket.on('error', () => {})
  backend.listen(new WebSocketJSONStream(socket))
})
server.listen(port, '127.0.0.1', () =>
  ready({
    async stop() {
      server.closeAllConnections()
      server.close()
    },
  }),
)
