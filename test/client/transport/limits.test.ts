/** Small limits and clients that reach them: [L1] to [L4] in the SDK. */
import { once } from 'node:events'
import { expect, it } from 'vitest'
import type { SocketLike } from '../../../client/types.ts'
import { SUBPROTOCOL } from '../../../core/protocol/messages.ts'
import { Network } from '../support/network.ts'
import { append, ownPlace, reads, until } from '../support/people.ts'

const BURST = 4

const here = ownPlace({
  withoutDatabase: true,
  vars: {
    // So slow that any machine is faster.
    SUBMITS_PER_SECOND: '4',
    SUBMIT_BURST: String(BURST),
    PRESENCE_PER_SECOND: '4',
    PRESENCE_BURST: String(BURST),
    MAX_CONNECTIONS: '6',
    MAX_CONNECTIONS_PER_USER: '2',
  },
})

it('[L2] a client that types too fast is warned, slows down, and is never closed', async () => {
  const name = await here.make({ 'a.txt': '' })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  const errors: unknown[] = []
  ann.room.on('error', (error) => errors.push(error))
  bob.room.on('error', (error) => errors.push(error))
  // Each edit is a submission of its own.
  const edit = async () => {
    append(hers, '<>')
    await ann.room.settled()
  }
  while (errors.length === 0) await edit()
  // Far more than the burst: a client that did not slow down would be closed.
  for (let i = 0; i < 3 * BURST; i++) await edit()
  expect(errors).toMatchObject([{ code: 'too_fast' }])
  await reads(his, hers.text)
  expect([ann.network.attempts.length, bob.network.attempts.length]).toEqual([1, 1])
  expect(await here.read(name, 'a.txt')).toBe(hers.text)
})

it('[L2] a cursor that moves too often slows down, and is never closed', async () => {
  const name = await here.make({ 'a.txt': 'a'.repeat(1_000) })
  const [ann, bob] = [await here.join(name), await here.join(name)]
  const { file } = await ann.room.open('a.txt')
  await bob.room.open('a.txt')
  let warned = false
  ann.room.on('error', () => {
    warned = true
  })
  const whereOthersSee = () => bob.room.peers[0]?.selections[0]?.head
  let at = 0
  const move = async () => {
    at++
    ann.room.setPresence({ file, selections: [{ anchor: at, head: at }] })
    await until(bob.room, ['peers'], () => whereOthersSee() === at)
  }
  while (!warned) await move()
  // Far more than the burst: a client that did not slow down would be closed.
  for (let i = 0; i < 3 * BURST; i++) await move()
  expect(ann.network.attempts).toHaveLength(1)
})

it('[L2] a client closed with 4429 comes back: acked work is there, the rest is sent again, nobody else notices', async () => {
  const name = await here.make({ 'a.txt': '' })
  const network = new Network()
  let socket: SocketLike | undefined
  const ann = await here.join(name, {
    socket: (url, protocols) => {
      socket = network.factory(url, protocols)
      return socket
    },
  })
  const bob = await here.join(name)
  const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
  append(hers, 'acked,')
  await ann.room.settled()
  const gone = until(ann.room, ['status'], () => ann.room.status.code === 4429)
  const presence = JSON.stringify({ type: 'presence', seq: 1, file: null, selections: [] })
  for (let i = 0; i < 20; i++) socket?.send(presence)
  append(hers, 'not yet')
  await gone
  await ann.room.settled()
  await reads(his, 'acked,not yet')
  expect(network.closes).toEqual([4429])
  expect(network.attempts).toHaveLength(2)
  expect(bob.network.attempts).toHaveLength(1)
  expect(await here.read(name, 'a.txt')).toBe('acked,not yet')
})

it('[L4] a third tab of one user waits until one of the other two is closed', async () => {
  const name = await here.make({ 'a.txt': '' })
  const bob = await here.join(name)
  const token = 'guest-with-three-tabs'
  const tabs = [await here.join(name, { token }), await here.join(name, { token })]
  const network = new Network()
  const third = here.join(name, { token, socket: network.factory })
  await expect.poll(() => network.closes).toContain(4429)
  expect(bob.room.status.status).toBe('connected')
  tabs[0]?.room.close()
  expect((await third).room.status.status).toBe('connected')
  expect([bob.network.attempts.length, tabs[1]?.network.attempts.length]).toEqual([1, 1])
})

it('[L4] guests are not counted as one user, and the room’s limit holds for all', async () => {
  const name = await here.make({ 'a.txt': '' })
  const bob = await here.join(name)
  const target = `${here.stack.url.replace(/^http/, 'ws')}/api/rooms/${name}/connect`
  const nobodies: WebSocket[] = []
  // With Bob these are four of six places: the rest is reserved for users who are not guests.
  for (let i = 0; i < 3; i++) {
    const socket = new WebSocket(target, [SUBPROTOCOL])
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'hello', protocol: 1, client: `nobody-number-${i}` }))
    await once(socket, 'message')
    nobodies.push(socket)
  }
  const one = new WebSocket(target, [SUBPROTOCOL])
  const [closed] = await once(one, 'close')
  expect(closed).toMatchObject({ code: 4429, reason: 'too many connections' })
  expect(nobodies.every(({ readyState }) => readyState === WebSocket.OPEN)).toBe(true)
  for (const socket of nobodies) socket.close()
  const file = await bob.room.open('a.txt')
  append(file, '!')
  await bob.room.settled()
  expect(bob.network.attempts).toHaveLength(1)
})

it('refuses to start with an invalid setting', async () => {
  const { settingsOf } = await import('../../../durable-objects/settings/settings.ts')
  expect(() => settingsOf({ SUBMIT_BURST: '0' })).toThrow('SUBMIT_BURST must be a whole number from 1')
  expect(() => settingsOf({ MAX_CONNECTIONS: 'many' })).toThrow('MAX_CONNECTIONS must be a whole number')
  const { limits } = settingsOf({ SUBMITS_PER_SECOND: '0', MAX_SEND_QUEUE_UNITS: '5' })
  expect([limits.rates.submit.perSecond, limits.sendQueueUnits]).toEqual([0, 5])
})
