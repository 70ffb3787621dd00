/** Permissions in a room, over real sockets. */
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Peer } from '../../../core/protocol/messages.ts'
import { OwnedRoom } from '../owned-room.ts'
import { RawClient } from '../raw-client.ts'

const edit = (file: string, text: string) => ({ type: 'edit', file, op: [text] })
const role = (user: string, to: string) => ({ type: 'role', user, role: to })

/** The owner, two editors, and a file. */
async function classOf() {
  const room = await OwnedRoom.make({ 'a.txt': '' })
  // Somebody invited later is new to those connected.
  const [adas, bens] = [await room.invite('ada'), await room.invite('ben')]
  const owner = await room.owner()
  const ada = await RawClient.join(room.name, { token: adas })
  const ben = await RawClient.join(room.name, { token: bens })
  return { room, owner, ada, ben, file: owner.fileAt('a.txt') }
}

/** The next presence of a user. */
async function heardOf(listener: RawClient, user: string, fits: (peer: Peer) => boolean): Promise<Peer> {
  for (;;) {
    const { peers } = await listener.receive('presence')
    const found = peers.find((peer) => peer.user === user && fits(peer))
    if (found !== undefined) return found
  }
}

describe('a role', () => {
  it('[R3] is changed by a commit, for everybody at once, including the person concerned', async () => {
    const { owner, ada, ben, file } = await classOf()
    expect([owner, ada, ben].map(({ welcome }) => welcome.role)).toEqual(['owner', 'editor', 'editor'])
    await owner.commit([role('ada', 'viewer')])
    for (const raw of [ada, ben]) {
      const { entries } = await raw.receive('commit')
      expect(entries).toMatchObject([
        { changes: [{ type: 'role', user: 'ada', role: 'viewer', name: 'ada' }] },
      ])
    }
    expect(await ada.refusal([edit(file, 'x')])).toBe('forbidden')
    await heardOf(ben, 'ada', (peer) => peer.role === 'viewer')
    await ben.commit([edit(file, 'y')])
    await owner.commit([role('ada', 'editor')])
    await ada.commit([edit(file, 'z')])
    expect(await owner.text(file)).toBe('zy')
  })

  it('[R3] can only be changed by the owner', async () => {
    const { ada, ben } = await classOf()
    for (const change of [
      role('ada', 'owner'),
      { type: 'mode', mode: 'classroom' },
      { type: 'access', access: 'edit' },
      { type: 'chatting', on: false },
      { type: 'kick', user: 'ben' },
      { type: 'close', closed: true },
    ])
      expect(await ada.refusal([change]), change.type).toBe('forbidden')
    await ben.commit([{ type: 'chat', text: 'still here' }])
  })

  it('[R1] [R4] of a classroom survives hibernation', async () => {
    const { room, owner, ada, ben, file } = await classOf()
    await owner.commit([{ type: 'mode', mode: 'classroom' }])
    await owner.commit([role('ben', 'editor')])
    await evictDurableObject(env.ROOM.getByName(room.name), { webSockets: 'hibernate' })
    expect(await ada.refusal([edit(file, 'x')])).toBe('forbidden')
    await ben.commit([edit(file, 'y')])
    const { welcome } = await room.join('zoe')
    expect(welcome).toMatchObject({ role: 'viewer', granted: 'editor', policy: { mode: 'classroom' } })
    expect(welcome.policy.members).toEqual({ ben: { role: 'editor', name: 'ben' } })
  })

  it('[R5] of owner is transferred completely', async () => {
    const { owner, ada } = await classOf()
    expect(await owner.refusal([{ type: 'kick', user: owner.welcome.user }])).toBe('owner_stays')
    await owner.commit([role('ada', 'owner')])
    expect(await owner.refusal([{ type: 'mode', mode: 'classroom' }])).toBe('forbidden')
    await ada.receive('commit')
    await ada.commit([{ type: 'mode', mode: 'classroom' }])
    await ada.commit([{ type: 'kick', user: owner.welcome.user }])
    expect(await owner.closed).toMatchObject({ code: 4403 })
  })
})

describe('somebody who is removed', () => {
  it('[R6] receives the commit, is closed with 4403, and cannot return with an earlier token', async () => {
    const { room, owner, ada, ben } = await classOf()
    await owner.commit([{ type: 'kick', user: 'ada' }])
    expect(await ada.receive('commit')).toMatchObject({
      entries: [{ changes: [{ type: 'kick', user: 'ada' }] }],
    })
    expect(await ada.closed).toMatchObject({ code: 4403, reason: expect.stringContaining('removed') })
    const again = await RawClient.open(room.name, { token: ada.token })
    expect(await again.closed).toMatchObject({ code: 4403, reason: expect.stringContaining('removed') })
    expect((await ben.receive('presence')).left).toBeDefined()
    expect((await room.join('ada')).welcome.role).toBe('editor')
  })
})

describe('a room that the owner closes', () => {
  it('[R7] keeps only the owner, until it is opened again', async () => {
    const { room, owner, ada, ben } = await classOf()
    await owner.commit([{ type: 'close', closed: true }])
    for (const raw of [ada, ben]) expect(await raw.closed).toMatchObject({ code: 4410 })
    expect(await (await RawClient.open(room.name, { token: ada.token })).closed).toMatchObject({ code: 4410 })
    await owner.commit([{ type: 'close', closed: false }])
    expect((await room.join('ada')).welcome.role).toBe('editor')
  })
})

describe('the address of a room', () => {
  it('[R1] [R8] gives guests the access that the owner set, and no more', async () => {
    const room = await OwnedRoom.make({ 'a.txt': '' }, 'edit')
    const owner = await room.owner()
    const guest = await RawClient.join(room.name)
    expect(guest.welcome).toMatchObject({ role: 'editor', granted: null })
    await owner.commit([{ type: 'access', access: 'view' }])
    expect(await guest.refusal([edit(guest.fileAt('a.txt'), 'x')])).toBe('forbidden')
    await owner.commit([{ type: 'access', access: 'private' }])
    expect(await guest.closed).toMatchObject({ code: 4401 })
    expect(await (await RawClient.open(room.name)).closed).toMatchObject({ code: 4401 })
  })
})

describe('chat', () => {
  it('[R9] is sent to everybody under the name that the room knows', async () => {
    const { owner, ada, ben } = await classOf()
    await ada.commit([{ type: 'chat', text: 'who is Olga?', name: 'Olga' }])
    for (const raw of [owner, ben])
      expect((await raw.receive('commit')).entries).toMatchObject([
        { user: 'ada', changes: [{ type: 'chat', text: 'who is Olga?', name: 'ada' }] },
      ])
  })

  it('[R9] is refused if it is switched off, too long, or not text', async () => {
    const { owner, ada } = await classOf()
    expect(await ada.refusal([{ type: 'chat', text: 'x'.repeat(4001) }])).toBe('chat_too_long')
    for (const text of ['', ' \n ', 'bell \u0007', 'a\u0000b', '\ud800'])
      expect(await ada.refusal([{ type: 'chat', text }]), JSON.stringify(text)).toBe('bad_text')
    await owner.commit([{ type: 'chatting', on: false }])
    expect(await ada.refusal([{ type: 'chat', text: 'hello?' }])).toBe('chat_off')
    await owner.commit([{ type: 'chat', text: 'quiet now' }])
  })

  it('[L1] [L2] that floods gets a warning, then a close with 4429; nobody else notices', async () => {
    const { owner, ada } = await classOf()
    for (let i = 0; i < 60; i++) ada.submit([{ type: 'chat', text: `${i}` }])
    expect(await ada.receive('error')).toMatchObject({ code: 'too_fast', about: 'chat', perSecond: 2 })
    expect(await ada.closed).toMatchObject({ code: 4429 })
    await owner.commit([{ type: 'chat', text: 'well' }])
  })
})

describe('in a classroom', () => {
  it('[P5] viewers are listed, but not where they look; promoted ones are shown fully', async () => {
    const { owner, ada, ben, file } = await classOf()
    await owner.commit([{ type: 'mode', mode: 'classroom' }])
    ada.send({ type: 'presence', seq: 1, file, selections: [[0, 0]], viewport: [0, 0] })
    const { session: _, client: __, ...seen } = await heardOf(ben, 'ada', (peer) => peer.file !== null)
    expect(seen).toEqual({ user: 'ada', name: 'ada', role: 'viewer', file, selections: [] })
    await owner.commit([role('ada', 'editor')])
    const shown = await heardOf(ben, 'ada', (peer) => peer.role === 'editor')
    expect(shown).toMatchObject({ selections: [[0, 0]], viewport: [0, 0] })
  })
})

describe('a newer token', () => {
  it('[A10] replaces the previous one on the open socket', async () => {
    const { room, ada, file } = await classOf()
    ada.send({ type: 'auth', token: await room.invite('ada', 'viewer') })
    expect(await ada.receive('auth')).toMatchObject({ granted: 'viewer', expires: expect.any(Number) })
    expect(await ada.refusal([edit(file, 'x')])).toBe('forbidden')
  })

  it('[A10] of another user closes the socket with 4403, an invalid one with 4401', async () => {
    const { room, ada, ben } = await classOf()
    ada.send({ type: 'auth', token: await room.invite('zoe') })
    expect(await ada.closed).toMatchObject({ code: 4403 })
    ben.send({ type: 'auth', token: `${ben.token}x` })
    expect(await ben.closed).toMatchObject({ code: 4401 })
  })
})
