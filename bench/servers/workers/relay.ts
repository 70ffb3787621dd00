/**
 * The upper limits of a Durable Object, at `/room/<room>?mode=`. `relay` forwards each message to all and
 * stores nothing; `row` writes it as a row first; `limit` collects one turn of the event loop into one row
 * and one frame. Cursors are forwarded in the same way, and never written. A request without an upgrade
 * returns the number of messages stored.
 */
import { DurableObject } from 'cloudflare:workers'

interface Env {
  readonly RELAY: DurableObjectNamespace<Relay>
}

const COUNT =
  "SELECT coalesce(sum(1 + length(body) - length(replace(body, char(10), ''))), 0) AS count FROM log"

/** How the message of a cursor begins. */
const CURSOR = '{"at":'

export class Relay extends DurableObject<Env> {
  #turn: string[] = []
  /** For `limit`: asking the platform for the sockets on each frame is expensive. */
  #sockets: WebSocket[] = []

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, body TEXT NOT NULL)')
    this.#sockets = ctx.getWebSockets()
  }

  override fetch(request: Request): Response {
    if (request.headers.get('Upgrade') !== 'websocket') {
      return new Response(String(this.ctx.storage.sql.exec(COUNT).one().count))
    }
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server, [new URL(request.url).searchParams.get('mode') ?? 'relay'])
    this.#sockets = this.ctx.getWebSockets()
    return new Response(null, { status: 101, webSocket: client })
  }

  override webSocketMessage(socket: WebSocket, message: string): void {
    const [mode] = this.ctx.getTags(socket)
    if (mode === 'limit') {
      if (this.#turn.push(message) === 1) setTimeout(() => this.#endTurn(), 0)
      return
    }
    if (mode === 'row' && !message.startsWith(CURSOR)) this.#write(message)
    for (const other of this.ctx.getWebSockets()) other.send(message)
  }

  override webSocketClose(socket: WebSocket): void {
    this.#sockets = this.#sockets.filter((other) => other !== socket)
    if (socket.readyState !== WebSocket.CLOSED) socket.close(1000)
  }

  #endTurn(): void {
    const turn = this.#turn
    this.#turn = []
    const frame = turn.join('\n')
    const ops = turn.filter((message) => !message.startsWith(CURSOR))
    if (ops.length > 0) this.#write(ops.length === turn.length ? frame : ops.join('\n'))
    for (const socket of this.#sockets) socket.send(frame)
  }

  #write(body: string): void {
    this.ctx.storage.sql.exec('INSERT INTO log (body) VALUES (?)', body)
  }
}

export default {
  fetch(request: Request, env: Env): Response | Promise<Response> {
    const [, room] = /^\/room\/([^/]+)$/.exec(new URL(request.url).pathname) ?? []
    if (room === undefined) return new Response('not found', { status: 404 })
    return env.RELAY.getByName(room).fetch(request)
  },
}
