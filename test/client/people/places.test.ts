/** Connection limits: a room with 60 places, and strangers who try to take them all [L4] [L10]. */
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { SUBPROTOCOL } from '../../../core/protocol/messages.ts'
import { append, ownPlace } from '../support/people.ts'

const PLACES = 60
/** Of these, the number for strangers. */
const FOR_STRANGERS = 48

const here = ownPlace({ withoutDatabase: true, vars: { MAX_CONNECTIONS: `${PLACES}` } })

/** A guest’s socket that is open, or was closed at once; it sends nothing. */
async function knock(room: string, secret: string): Promise<WebSocket> {
  const target = `${here.stack.url.replace(/^http/, 'ws')}/api/rooms/${room}/connect`
  const socket = new WebSocket(target, [SUBPROTOCOL, secret])
  await once(socket, 'open')
  return socket
}

/** Sends hello and returns the result. */
async function enter(socket: WebSocket): Promise<string> {
  const ended = once(socket, 'close').then(([{ code, reason }]) => `${code} ${reason}`)
  const welcomed = once(socket, 'message').then(() => 'welcome')
  socket.send(JSON.stringify({ type: 'hello', protocol: 1, client: crypto.randomUUID() }))
  return Promise.race([ended, welcomed])
}

const secretOf = (i: number) => `a-secret-of-stranger-${i}-${crypto.randomUUID()}`

it('[L10] silent sockets keep nobody out: neither the owner, nor an invited user, nor a guest', async () => {
  const owned = await here.own({ 'a.txt': '' })
  const silent: WebSocket[] = []
  for (let i = 0; i < PLACES; i++) {
    silent.push(await knock(owned.room, secretOf(i)))
  }
  const owner = await here.join(owned.room, { token: owned.token })
  const invited = await here.join(owned.room, { token: await here.invite(owned, { role: 'editor' }) })
  const guest = await here.join(owned.room)
  for (const { room, network } of [owner, invited, guest]) {
    append(await room.open('a.txt'), '.')
    await room.settled()
    expect([network.attempts.length, network.closes]).toEqual([1, []])
  }
  // The oldest of one address made way: a quarter of the places is left to them.
  const left = silent.filter(({ readyState }) => readyState === WebSocket.OPEN)
  expect(left.length).toBeLessThanOrEqual(PLACES / 4)
  for (const socket of silent) socket.close()
})

it('[L4] strangers who fill the room leave places for the owner and for invited users', async () => {
  const owned = await here.own({ 'a.txt': '' })
  const strangers: WebSocket[] = []
  for (let i = 0; i < FOR_STRANGERS; i++) {
    const socket = await knock(owned.room, secretOf(i))
    expect(await enter(socket)).toBe('welcome')
    strangers.push(socket)
  }
  const late = await knock(owned.room, secretOf(FOR_STRANGERS))
  expect(await once(late, 'close').then(([{ code, reason }]) => `${code} ${reason}`)).toBe(
    '4429 too many connections',
  )
  const token = await here.invite(owned, { role: 'viewer' })
  const invited = await Promise.all(Array.from({ length: 12 }, () => here.join(owned.room, { token })))
  const owner = await here.join(owned.room, { token: owned.token })
  expect(owner.network.closes).toEqual([])
  expect(invited.every(({ network }) => network.closes.length === 0)).toBe(true)
  for (const socket of strangers) socket.close()
})
