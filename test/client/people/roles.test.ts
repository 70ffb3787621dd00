/**
 * Roles and policy: the owner’s decisions reach everybody, and viewers change nothing, locally or in the
 * room.
 */
import { describe, expect, it } from 'vitest'
import type { OpenFile, Policy, Room, TextChange } from '../../../client/index.ts'
import { LiveRoom } from '../../../client/room.ts'
import { freshStart } from '../../../client/start.ts'
import { append, next, ownerAndGuest, type Person, pathsOf, place, reads, until } from '../support/people.ts'

const here = place({ withoutDatabase: true })

const NO_SOCKET = () => {
  throw new Error('no network')
}
const FORBIDDEN = expect.objectContaining({ name: 'SdkError', code: 'forbidden' })

function canEdit({ room }: Person, may: boolean): Promise<void> {
  return until(room, ['policy'], () => room.canEdit === may)
}

/** Every call that tries to change a file. */
function attempts(room: Room, file: OpenFile): (() => void)[] {
  return [
    () => append(file, '!'),
    () => void room.create('new.txt', ''),
    () => room.rename('a.txt', 'c.txt'),
    () => room.remove('a.txt'),
    () => room.transact(() => append(file, '!')),
  ]
}

describe('a room', () => {
  it('reports roles: everything for the owner, and what the address gives for everybody else', async () => {
    const { owned, owner, guest } = await ownerAndGuest(here)
    expect([owner.room.me.role, guest.room.me.role]).toEqual(['owner', 'editor'])
    expect([owner.room.canEdit, guest.room.canEdit]).toEqual([true, true])
    expect(owner.room.me.user).toBe(owned.user)
    const policy = { owner: owned.user, mode: 'open', access: 'edit', chatting: true, closed: false }
    for (const { room } of [owner, guest])
      expect(room.policy).toMatchObject({ ...policy, members: {}, kicked: {}, banned: {}, guests: true })
  })

  it('has no role before it was reached, and assumes that changes are allowed', () => {
    const target = { url: 'ws://127.0.0.1/api/rooms/r/connect', token: 'none', socket: NO_SOCKET }
    const room = new LiveRoom('r', target, freshStart())
    expect([room.me.role, room.policy, room.people, room.canEdit]).toEqual([null, null, [], true])
    room.create('a.txt', 'early')
    expect(pathsOf(room)).toEqual(['a.txt'])
    room.close()
    expect(room.canEdit).toBe(false)
  })

  it('makes users viewers whose address gives no more', async () => {
    const { owned, owner } = await ownerAndGuest(here)
    owner.room.setAccess('view')
    await owner.room.settled()
    const { room } = await here.join(owned.room)
    expect([room.me.role, room.canEdit]).toEqual(['viewer', false])
  })

  it('emits `policy` when it changes, and not for a new connection', async () => {
    const { owner, guest } = await ownerAndGuest(here)
    const emitted: Policy[] = []
    guest.room.on('policy', (policy) => emitted.push(policy))
    owner.room.setMode('classroom')
    await canEdit(guest, false)
    guest.network.cut()
    guest.network.restore()
    await until(guest.room, ['status'], () => guest.room.status.status === 'connected')
    expect(emitted).toMatchObject([{ mode: 'classroom' }])
    expect(guest.room.me.role).toBe('viewer')
  })

  it('emits what was decided while a client was away', async () => {
    const { owner, guest } = await ownerAndGuest(here)
    guest.network.cut()
    owner.room.setMode('classroom')
    owner.room.setRole(guest.room.me.user, 'editor')
    owner.room.setChatting(false)
    await owner.room.settled()
    expect(guest.room.policy).toMatchObject({ mode: 'open' })
    guest.network.restore()
    await until(guest.room, ['policy'], () => guest.room.policy?.mode === 'classroom')
    expect(guest.room.policy).toEqual(owner.room.policy)
    expect(guest.room.canEdit).toBe(true)
  })
})

describe('the owner', () => {
  it('makes a classroom, in which only users made editors edit', async () => {
    const { owner, guest, hers, his } = await ownerAndGuest(here)
    owner.room.setMode('classroom')
    await canEdit(guest, false)
    append(hers, ', by the owner')
    await reads(his, 'one, by the owner')
    owner.room.setRole(guest.room.me.user, 'editor')
    await canEdit(guest, true)
    append(his, ', by the guest')
    await reads(hers, 'one, by the owner, by the guest')
    owner.room.setMode('open')
    owner.room.setRole(guest.room.me.user, 'viewer')
    await canEdit(guest, false)
    expect(guest.room.me.role).toBe('viewer')
  })

  it('transfers the room and stays as an editor, who cannot take it back', async () => {
    const { owner, guest } = await ownerAndGuest(here)
    owner.room.setRole(guest.room.me.user, 'owner')
    await until(guest.room, ['policy'], () => guest.room.me.role === 'owner')
    await until(owner.room, ['policy'], () => owner.room.me.role === 'editor')
    const rejected = next(owner.room, 'rejected')
    owner.room.setRole(owner.room.me.user, 'owner')
    expect(await rejected).toMatchObject({
      code: 'forbidden',
      changes: [{ type: 'role', file: '', path: '' }],
    })
    expect(guest.room.policy?.owner).toBe(guest.room.me.user)
  })

  it('cannot be demoted or removed, not even by themselves', async () => {
    const { owner } = await ownerAndGuest(here)
    for (const change of [
      () => owner.room.setRole(owner.room.me.user, 'viewer'),
      () => owner.room.kick(owner.room.me.user),
    ]) {
      const rejected = next(owner.room, 'rejected')
      change()
      expect((await rejected).code).toBe('owner_stays')
    }
    expect(owner.room.me.role).toBe('owner')
  })

  it('gets an error at once for an invalid user id, and the room stays open', async () => {
    const { owner, hers } = await ownerAndGuest(here)
    for (const user of ['', 'with space', 'x'.repeat(129)]) {
      expect(() => owner.room.setRole(user, 'viewer')).toThrow(expect.objectContaining({ code: 'bad_user' }))
      expect(() => owner.room.kick(user)).toThrow(expect.objectContaining({ code: 'bad_user' }))
    }
    append(hers, '!')
    await owner.room.settled()
    expect(owner.room.status.status).toBe('connected')
  })

  it('removes a user, who is disconnected at once with the reason', async () => {
    const { owner, guest, his } = await ownerAndGuest(here)
    owner.room.kick(guest.room.me.user)
    await until(guest.room, ['status'], () => guest.room.status.status === 'refused')
    expect(guest.room.status).toMatchObject({ code: 4403, reason: expect.stringContaining('removed') })
    expect(guest.room.canEdit).toBe(false)
    expect(() => append(his, '!')).toThrow(FORBIDDEN)
    await until(owner.room, ['peers'], () => owner.room.peers.length === 0)
    expect(guest.network.attempts).toHaveLength(1)
  })

  it('closes the room to everybody else, and reopens it', async () => {
    const { owned, owner, guest, hers } = await ownerAndGuest(here)
    owner.room.setClosed(true)
    await until(guest.room, ['status'], () => guest.room.status.status === 'refused')
    expect(guest.room.status.code).toBe(4410)
    expect(guest.network.attempts).toHaveLength(1)
    await expect(guest.room.open('b.txt')).rejects.toMatchObject({ code: 'closed_by_owner' })
    await expect(here.join(owned.room)).rejects.toMatchObject({ code: 'closed_by_owner' })
    append(hers, ', alone')
    owner.room.setClosed(false)
    await owner.room.settled()
    const again = await here.join(owned.room)
    expect((await again.room.open('a.txt')).text).toBe('one, alone')
  })

  it('makes the room private, so that the address alone admits nobody', async () => {
    const { owned, owner, guest } = await ownerAndGuest(here)
    owner.room.setAccess('private')
    await until(guest.room, ['status'], () => guest.room.status.status === 'refused')
    expect(guest.room.status.code).toBe(4401)
    await expect(here.join(owned.room)).rejects.toMatchObject({ code: 'unauthenticated' })
    const invited = await here.join(owned.room, { token: await here.invite(owned, { role: 'viewer' }) })
    expect(invited.room.me.role).toBe('viewer')
  })
})

describe('a viewer', () => {
  it('gets an error for each change, and nothing is changed', async () => {
    const { owner, guest, hers, his } = await ownerAndGuest(here)
    const changes: TextChange[] = []
    owner.room.setMode('classroom')
    await canEdit(guest, false)
    his.on('change', (change) => changes.push(change))
    const sent = guest.network.sent.length
    for (const attempt of attempts(guest.room, his)) expect(attempt).toThrow(FORBIDDEN)
    await guest.room.settled()
    expect([his.text, changes, pathsOf(guest.room)]).toEqual(['one', [], ['a.txt', 'b.txt']])
    expect(guest.network.sent.slice(sent).filter((frame) => frame.includes('submit'))).toEqual([])
    append(hers, '!')
    await reads(his, 'one!')
  })

  it('[S8] cannot change the policy: the room refuses, and reports what was refused', async () => {
    const { owner, guest } = await ownerAndGuest(here)
    const { user } = owner.room.me
    const proposals = {
      role: () => guest.room.setRole(user, 'viewer'),
      mode: () => guest.room.setMode('classroom'),
      access: () => guest.room.setAccess('private'),
      chatting: () => guest.room.setChatting(false),
      kick: () => guest.room.kick(user),
      close: () => guest.room.setClosed(true),
    }
    const before = guest.room.policy
    for (const [type, propose] of Object.entries(proposals)) {
      const rejected = next(guest.room, 'rejected')
      propose()
      expect(await rejected).toMatchObject({ code: 'forbidden', changes: [{ type, file: '', path: '' }] })
    }
    expect(guest.room.policy).toEqual(before)
  })
})
