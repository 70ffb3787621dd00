/**
 * Hocuspocus with its defaults, in memory: it merges the updates of one turn of
 * the event loop into one frame.
 */
import { Server } from '@hocuspocus/server'
import { port, ready } from './process.ts'

const server = new Server({ port, address: '127.0.0.1', quiet: true, stopOnSignals: false })
await server.listen()
ready({ stop: () => server.destroy() })
