/**
 * The Worker: routes requests to the room they are for. It checks shapes and says who asks; it knows no OT and keeps
 * no state. WebSocket upgrades are forwarded as they are: the room's object accepts them, so that it can sleep.
 */
import { Hono } from 'hono'
import { CLOSE } from '../core/protocol/codes.ts'
import { SUBPROTOCOL } from '../core/protocol/messages.ts'
import type { Env } from '../durable-objects/env.ts'
import { refuse } from '../durable-objects/handshake.ts'
import { IDENTITY_HEADER, ROOM_HEADER } from '../durable-objects/headers.ts'
import { whole } from './body.ts'
import { type Doors, doors, harden, isUpgrade, offered, share } from './doors.ts'
import { ApiError, errorBody, NO_SUCH_ROOM } from './errors.ts'
import { identify } from './identity.ts'
import { parseNewRoom, ROOM_NAME } from './new-room.ts'

export { FlushBudgetObject } from '../durable-objects/flush-budget.ts'
export { Room } from '../durable-objects/room.ts'

/** Seconds after which a request that could not be answered may come again. */
const RETRY_S = '2'

/** Where a room's object is told of a connection. Not the address that was asked for: what stands in that goes no further. */
const CONNECT_URL = 'https://room.invalid/connect'

const app = new Hono<Doors>()

app.use(harden, doors)
app.use('/api/*', share)

app.get('/healthz', (c) => c.json({ ok: true }))

app.post('/api/rooms', whole, async (c) => {
  const body: unknown = await c.req.json().catch(() => {
    throw new ApiError(400, 'bad_request', 'The body must be JSON.')
  })
  const { room, files } = parseNewRoom(body)
  const made = await roomObject(c.env, room).create(room, files)
  if (!made.ok) throw new ApiError(made.code === 'room_exists' ? 409 : 422, made.code, made.message)
  const { origin } = new URL(c.req.url)
  const api = `${origin}/api/rooms/${room}`
  const urls = { web: `${origin}/r/${room}`, api, connect: `${api.replace(/^http/, 'ws')}/connect` }
  return c.json({ room, urls }, 201)
})

app.get('/api/rooms/:room', async (c) => {
  const room = c.req.param('room')
  const status = await existing(c.env, room).status(room)
  if (status === null) throw NO_SUCH_ROOM()
  return c.json(status)
})

app.post('/api/rooms/:room/flush', async (c) => {
  const flushed = await existing(c.env, c.req.param('room')).flush(c.req.param('room'))
  if (flushed === null) throw NO_SUCH_ROOM()
  if (!flushed.ok) throw new ApiError(503, flushed.code, flushed.message)
  return c.json({ seq: flushed.seq, flushed: flushed.flushed })
})

app.get('/api/rooms/:room/desyncs', async (c) => {
  const reports = await existing(c.env, c.req.param('room')).desyncs(c.req.param('room'))
  if (reports === null) throw NO_SUCH_ROOM()
  return c.body(`{"desyncs":[${reports.join(',')}]}`, 200, { 'Content-Type': 'application/json' })
})

// Not `.+`: a dot is no line separator (U+2028), which a path may have.
app.get('/api/rooms/:room/files/:path{[\\s\\S]+}', async (c) => {
  const { room, path } = c.req.param()
  const content = await existing(c.env, room).read(room, path)
  if (content === null)
    throw new ApiError(404, 'no_such_file', 'There is no such room, or no such file in it.')
  const headers = {
    ETag: `"${content.revision}"`,
    'Cache-Control': 'no-cache',
  }
  if (matches(c.req.header('If-None-Match'), headers.ETag)) return c.body(null, 304, headers)
  return c.text(content.text, 200, headers)
})

app.get('/api/rooms/:room/connect', async (c) => {
  const room = c.req.param('room')
  if (!isUpgrade(c)) throw new ApiError(426, 'upgrade_required', 'Connect with a WebSocket.')
  const { protocol, token } = offered(c)
  if (protocol !== SUBPROTOCOL) {
    throw new ApiError(426, 'protocol_too_old', `Offer the WebSocket subprotocol ${SUBPROTOCOL}.`)
  }
  if (!ROOM_NAME.test(room)) return refuse(CLOSE.noSuchRoom)
  // None of the headers that came: who could set these could be anybody.
  const headers = new Headers({ Upgrade: 'websocket' })
  headers.set(ROOM_HEADER, room)
  headers.set(IDENTITY_HEADER, JSON.stringify(await identify(token, c.get('key'))))
  return c.env.ROOM.getByName(room).fetch(new Request(CONNECT_URL, { headers }))
})

app.all('/api/*', (c) => c.notFound())

// Everything else is the demo's.
app.get('*', async (c) => {
  if (c.env.ASSETS === undefined) return c.notFound()
  const page = await c.env.ASSETS.fetch(c.req.raw)
  return new Response(page.body, page)
})

app.notFound((c) => c.json(errorBody('not_found', 'There is nothing here.'), 404))

app.onError((error, c) => {
  if (error instanceof ApiError) {
    if (error.status === 503) c.header('Retry-After', RETRY_S)
    return c.json(errorBody(error.code, error.message), error.status)
  }
  // As it was sent, escapes and all, so that it stays on one line; without what follows a question mark.
  const { pathname } = new URL(c.req.url)
  console.error(`${c.req.method} ${pathname}: ${error.stack ?? String(error)}`)
  c.header('Retry-After', RETRY_S)
  return c.json(errorBody('unavailable', 'The room cannot answer now. Try again in a moment.'), 503)
})

export default app

function roomObject(env: Env, room: string) {
  return env.ROOM.getByName(room)
}

/** Whether an If-None-Match names this tag (RFC 9110, 13.1.2: a list, compared weakly, or `*`). */
function matches(header: string | undefined, tag: string): boolean {
  const tags = (header ?? '').split(',').map((part) => part.trim().replace(/^W\//, ''))
  return tags.includes(tag) || tags.includes('*')
}

/** A name that no room can have is not even looked up. */
function existing(env: Env, room: string) {
  if (!ROOM_NAME.test(room)) throw NO_SUCH_ROOM()
  return roomObject(env, room)
}
