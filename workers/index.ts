/**
 * The Worker: routes requests to their rooms. It validates input and authenticates callers; what they may do
 * is decided by the room. It knows no OT and keeps no state. WebSocket upgrades are forwarded to the room's
 * object, which accepts them so that it can hibernate.
 */
import { Hono } from 'hono'
import { countedAs } from '../auth/counted-as.ts'
import { newUser } from '../auth/guests.ts'
import { principalOf, TokenError } from '../auth/tokens.ts'
import { SHARED_USER } from '../core/model/admission.ts'
import { CLOSE } from '../core/protocol/codes.ts'
import { SUBPROTOCOL } from '../core/protocol/messages.ts'
import { ROOM_NAME } from '../core/protocol/room-name.ts'
import {
  COUNTED_HEADER,
  encodePrincipal,
  IDENTITY_HEADER,
  ROOM_HEADER,
} from '../durable-objects/room/headers.ts'
import { refuse } from '../durable-objects/sessions/handshake.ts'
import { jsonOf, whole } from './http/body.ts'
import { addressOf, callerOf, given, mayMake, ratedByAddress } from './http/callers.ts'
import { ApiError, errorBody, SECRET } from './http/errors.ts'
import {
  checkDeployment,
  corsHeaders,
  type HonoEnv,
  isUpgrade,
  offered,
  securityHeaders,
} from './http/middleware.ts'
import { invitationOf, issue, ownerInvitation } from './routes/invitations.ts'
import { checkPassable, parseNewRoom } from './routes/new-room.ts'
import { parsePageQuery } from './routes/pages.ts'
import { existing, roomObject } from './routes/rooms.ts'
import { tokenRoutes } from './routes/tokens.ts'

export { FlushBudgetObject } from '../durable-objects/flush/budget-object.ts'
export { Room } from '../durable-objects/room/object.ts'

/** Retry-After of a request that could not be served, in seconds. */
const RETRY_S = '2'
/** Retry-After of a rate-limited request, in seconds. */
const RATE_RETRY_S = '10'

/** Most bytes of a new room's body: a project of 5,000 small files or 20 large ones. */
const ROOM_BYTES = 32 * 1024 * 1024

const UNAVAILABLE =
  'The room cannot answer now. Try again in a moment. If this persists, /readyz says what this deployment lacks.'

/**
 * The URL on which a room's object receives connections. Not the requested URL: nothing in that goes any
 * further.
 */
const CONNECT_URL = 'https://room.invalid/connect'

const app = new Hono<HonoEnv>()

app.use(securityHeaders, checkDeployment)
app.use('/api/*', corsHeaders)

app.get('/healthz', (c) => c.json({ ok: true }))

app.get('/readyz', async (c) => {
  const readiness = await c.get('deployment').readiness.now()
  if (!readiness.ok) c.header('Retry-After', RETRY_S)
  return c.json(readiness, readiness.ok ? 200 : 503, SECRET)
})

app.post('/api/rooms', ratedByAddress('room'), mayMake, whole(ROOM_BYTES), async (c) => {
  const { isLocal, tokens } = c.get('deployment')
  const { room, files, access, name } = parseNewRoom(await jsonOf(c))
  // Only now is it known which room the token has to be for.
  const caller = await callerOf(c, room)
  checkPassable(files)
  // Everybody without a token is the same guest to a room, and cannot own it.
  const owner = caller.user === SHARED_USER ? newUser() : caller
  const { user, name: known } = owner
  const issued = await issue(ownerInvitation({ user, name: name ?? known }), room, tokens)
  const { id, token, expires } = issued
  const making = roomObject(c.env, room).create(room, files, {
    owner: user,
    access: access ?? (isLocal ? 'edit' : 'private'),
    invitations: { [id]: invitationOf(issued) },
  })
  // They are already serialized for the call. This isolate may also host the object, and has no memory to
  // hold them twice.
  files.length = 0
  const made = await making
  if (!made.ok) throw new ApiError(made.code === 'room_exists' ? 409 : 422, made.code, made.message)
  const { origin } = new URL(c.req.url)
  const api = `${origin}/api/rooms/${room}`
  const urls = { web: `${origin}/r/${room}`, api, connect: `${api.replace(/^http/, 'ws')}/connect` }
  return c.json({ room, urls, user, token, expires }, 201, SECRET)
})

app.route('/api/rooms/:room/tokens', tokenRoutes)

app.get('/api/rooms/:room', async (c) => {
  const room = c.req.param('room')
  const object = existing(c.env, room)
  return c.json(given(await object.status(room, await callerOf(c, room))))
})

app.post('/api/rooms/:room/flush', async (c) => {
  const room = c.req.param('room')
  const object = existing(c.env, room)
  const flushed = given(await object.flush(room, await callerOf(c, room)))
  if (!flushed.ok) throw new ApiError(503, flushed.code, flushed.message)
  return c.json({ seq: flushed.seq, flushed: flushed.flushed })
})

app.get('/api/rooms/:room/desyncs', async (c) => {
  const room = c.req.param('room')
  const object = existing(c.env, room)
  const reports = given(await object.desyncs(room, await callerOf(c, room)))
  return c.body(`{"desyncs":[${reports.join(',')}]}`, 200, { 'Content-Type': 'application/json' })
})

app.get('/api/rooms/:room/chat', async (c) => {
  const room = c.req.param('room')
  const object = existing(c.env, room)
  const { before, limit } = parsePageQuery(c.req.query())
  const { rows, ...page } = given(await object.chat(room, await callerOf(c, room), before, limit))
  return c.json({ messages: rows, ...page })
})

app.get('/api/rooms/:room/removed', async (c) => {
  const room = c.req.param('room')
  const object = existing(c.env, room)
  const { before, limit } = parsePageQuery(c.req.query())
  const { rows, ...page } = given(await object.removed(room, await callerOf(c, room), before, limit))
  return c.json({ removed: rows, ...page })
})

// Not `.+`, which does not match line separators (U+2028), and a path may contain them.
app.get('/api/rooms/:room/files/:path{[\\s\\S]+}', async (c) => {
  const { room, path } = c.req.param()
  const object = existing(c.env, room)
  const content = given(await object.read(room, path, await callerOf(c, room)))
  if (content === null) throw new ApiError(404, 'no_such_file', 'There is no such file in this room.')
  // Permission to read is checked each time.
  const headers = {
    ETag: `"${content.revision}"`,
    'Cache-Control': 'private, no-cache',
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
  const { tokens, rates } = c.get('deployment')
  const address = await addressOf(c)
  if (address !== null && !(await rates.allows('connect', 'address', address))) return refuse(CLOSE.tooOften)
  const principal = await principalOf(token, tokens, room)
  if (principal instanceof TokenError) return refuse(principal.close)
  const counted = await countedAs(principal.user, address)
  const isCounted = principal.user !== SHARED_USER
  if (isCounted && !(await rates.allows('connect', 'user', counted.user))) return refuse(CLOSE.tooOften)
  // No incoming headers are passed on: whoever could set these could impersonate anyone.
  const headers = new Headers({ Upgrade: 'websocket' })
  headers.set(ROOM_HEADER, room)
  headers.set(COUNTED_HEADER, JSON.stringify(counted))
  headers.set(IDENTITY_HEADER, encodePrincipal(principal))
  return c.env.ROOM.getByName(room).fetch(new Request(CONNECT_URL, { headers }))
})

app.all('/api/*', (c) => c.notFound())

// The demo room is shared by everybody; in a public deployment each visitor gets a new room instead.
for (const path of ['/', '/index.html']) {
  app.get(path, (c, next) => (c.get('deployment').isLocal ? next() : Promise.resolve(c.redirect('/new'))))
}

// Everything else belongs to the demo.
app.get('*', async (c) => {
  if (c.env.ASSETS === undefined) return c.notFound()
  const page = await c.env.ASSETS.fetch(c.req.raw)
  return new Response(page.body, page)
})

app.notFound((c) => c.json(errorBody('not_found', 'There is nothing here.'), 404))

app.onError((error, c) => {
  if (error instanceof ApiError) {
    if (error.status === 503) c.header('Retry-After', RETRY_S)
    if (error.status === 429) c.header('Retry-After', RATE_RETRY_S)
    if (error.status === 401) c.header('WWW-Authenticate', 'Bearer')
    return c.json(errorBody(error.code, error.message), error.status)
  }
  // The path as sent, percent-encoded, so that it stays on one line; without the query.
  const { pathname } = new URL(c.req.url)
  console.error(`${c.req.method} ${pathname}: ${error.stack ?? String(error)}`)
  c.header('Retry-After', RETRY_S)
  return c.json(errorBody('unavailable', UNAVAILABLE), 503)
})

export default app

/** Whether an If-None-Match has this tag (RFC 9110, 13.1.2: a list, compared weakly, or `*`). */
function matches(header: string | undefined, tag: string): boolean {
  const tags = (header ?? '').split(',').map((part) => part.trim().replace(/^W\//, ''))
  return tags.includes(tag) || tags.includes('*')
}
