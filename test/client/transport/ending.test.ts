/**
 * The end of a room: work that the room does not have is handed back, or stored where there is a storage.
 */
import { describe, expect, it } from 'vitest'
import type { Rejection, Room, Unsynced } from '../../../client/index.ts'
import { MemoryStorage } from '../../support/memory-storage.ts'
import { append, has, next, ownerAndGuest, place, reads, type, until } from '../support/people.ts'

const here = place()
const BOB = 'the-guest-secret-of-bob'

/** Everything handed back from now on, and what was queued for a listener. */
function handedBack(room: Room): { readonly unsynced: Unsynced[]; readonly rejected: Rejection[] } {
  const back = { unsynced: [] as Unsynced[], rejected: [] as Rejection[] }
  room.on('unsynced', (unsynced) => back.unsynced.push(unsynced))
  room.on('rejected', (rejection) => back.rejected.push(rejection))
  return back
}

/** Resolves when the room has ended here, with everything that belongs to it. */
async function over(room: Room): Promise<void> {
  await until(room, ['status'], () => room.status.status === 'refused')
  await room.close()
}

describe('a room ended by the other side', () => {
  it.each([
    ['removed', 'forbidden', (owner: Room, user: string) => owner.kick(user)],
    ['closed by its owner', 'closed_by_owner', (owner: Room) => owner.setClosed(true)],
    ['made private', 'unauthenticated', (owner: Room) => owner.setAccess('private')],
  ])('hands back work done offline: %s', async (_, code, end) => {
    const { owner, guest, his } = await ownerAndGuest(here)
    guest.network.cut()
    type(his, 0, 'zero ')
    append(his, ' two')
    guest.room.create('c.txt', 'new')
    append(await guest.room.open('c.txt'), ' and more')
    guest.room.rename('b.txt', 'd.txt')
    guest.room.say('hello')
    end(owner.room, guest.room.me.user)
    await owner.room.settled()
    guest.network.restore()
    await over(guest.room)
    // There was no listener until now.
    const { unsynced, rejected } = handedBack(guest.room)
    expect(unsynced).toEqual([
      {
        reason: 'ended',
        file: his.file,
        path: 'a.txt',
        message: expect.stringContaining('The room ended before it received this'),
        text: 'zero one two',
        typed: ['zero ', ' two'],
        pieces: [
          { at: 0, text: 'zero ' },
          { at: 8, text: ' two' },
        ],
        kept: false,
      },
    ])
    expect(rejected).toMatchObject([
      {
        code: 'ended',
        kept: false,
        changes: [
          { type: 'create', path: 'c.txt', text: 'new and more' },
          { type: 'rename', path: 'd.txt' },
          { type: 'chat', text: 'hello' },
        ],
      },
    ])
    expect(his.text).toBe('zero one two')
    expect(() => append(his, '!')).toThrow(expect.objectContaining({ code }))
  })

  it('hands back work that was in flight at the end', async () => {
    const { owner, guest, his } = await ownerAndGuest(here)
    const { unsynced } = handedBack(guest.room)
    guest.network.hold()
    append(his, ' two')
    owner.room.kick(guest.room.me.user)
    await owner.room.settled()
    guest.network.release()
    await over(guest.room)
    expect(unsynced).toMatchObject([{ reason: 'ended', path: 'a.txt', typed: [' two'] }])
  })

  it('hands it back and keeps it stored with a storage, and the next client sends it', async () => {
    const storage = new MemoryStorage()
    const { room, token } = await here.own({ 'a.txt': 'one' })
    const owner = await here.join(room, { token })
    const guest = await here.join(room, { token: BOB, storage })
    const his = await guest.room.open('a.txt')
    guest.network.cut()
    append(his, ' two')
    owner.room.setClosed(true)
    await owner.room.settled()
    guest.network.restore()
    await over(guest.room)
    expect(handedBack(guest.room).unsynced).toMatchObject([{ reason: 'ended', kept: true, typed: [' two'] }])
    owner.room.setClosed(false)
    await owner.room.settled()
    const again = await here.join(room, { token: BOB, storage })
    await again.room.settled()
    expect(await here.read(room, 'a.txt')).toBe('one two')
    expect(handedBack(again.room)).toEqual({ unsynced: [], rejected: [] })
  })
})

describe('close()', () => {
  it('sends changes of the same turn, and resolves when the room has them', async () => {
    const name = await here.make({ 'a.txt': 'one' })
    const [ann, bob] = [await here.join(name), await here.join(name)]
    const [hers, his] = [await ann.room.open('a.txt'), await bob.room.open('a.txt')]
    const back = handedBack(ann.room)
    append(hers, ' two')
    ann.room.create('b.txt', 'new')
    ann.room.say('bye')
    const closed = ann.room.close()
    expect(ann.room.status.status).toBe('closed')
    expect(() => append(hers, '!')).toThrow(expect.objectContaining({ code: 'closed' }))
    expect(() => ann.room.create('c.txt', '')).toThrow(expect.objectContaining({ code: 'closed' }))
    expect([ann.room.undo(), ann.room.close() === closed]).toEqual([false, true])
    await closed
    expect([ann.room.status.pending, back]).toEqual([0, { unsynced: [], rejected: [] }])
    expect(await here.read(name, 'a.txt')).toBe('one two')
    expect(await here.read(name, 'b.txt')).toBe('new')
    await has(his, ' two')
    expect(ann.room.close()).toBe(closed)
  })

  it('resolves `settled` when everything is acked', async () => {
    const name = await here.make({ 'a.txt': '' })
    const { room } = await here.join(name)
    append(await room.open('a.txt'), 'x')
    const settled = room.settled()
    await room.close()
    await settled
  })

  it('hands back after 2 s what could not be sent', async () => {
    const name = await here.make({ 'a.txt': 'one' })
    const { room, network } = await here.join(name)
    const file = await room.open('a.txt')
    network.cut()
    append(file, ' two')
    const settled = room.settled()
    const started = performance.now()
    await room.close()
    expect(performance.now() - started).toBeLessThan(4_000)
    await expect(settled).rejects.toMatchObject({ code: 'closed' })
    expect(handedBack(room).unsynced).toMatchObject([{ reason: 'ended', text: 'one two', kept: false }])
    expect(await here.read(name, 'a.txt')).toBe('one')
  })

  it('reconnects to send it, when the network is back in time', async () => {
    const name = await here.make({ 'a.txt': 'one' })
    const { room, network } = await here.join(name)
    const file = await room.open('a.txt')
    network.cut()
    append(file, ' two')
    network.restore()
    await room.close()
    expect(await here.read(name, 'a.txt')).toBe('one two')
    expect(handedBack(room).unsynced).toEqual([])
  })

  it('with discard sends nothing, stores nothing, and hands it back', async () => {
    const name = await here.make({ 'a.txt': 'one' })
    const storage = new MemoryStorage()
    const { room, network } = await here.join(name, { token: BOB, storage })
    const file = await room.open('a.txt')
    const sent = network.sent.length
    append(file, ' two')
    await room.close({ discard: true })
    expect(network.sent.slice(sent).filter((frame) => frame.includes('submit'))).toEqual([])
    expect(storage.kept).toBe('[]')
    expect(handedBack(room).unsynced).toMatchObject([{ reason: 'ended', typed: [' two'], kept: false }])
    const again = await here.join(name, { token: BOB, storage })
    await again.room.settled()
    expect(await here.read(name, 'a.txt')).toBe('one')
  })

  it('reports nothing lost that a storage keeps for next time', async () => {
    const name = await here.make({ 'a.txt': 'one' })
    const storage = new MemoryStorage()
    const { room, network } = await here.join(name, { token: BOB, storage })
    const file = await room.open('a.txt')
    network.cut()
    append(file, ' two')
    await room.close()
    expect(handedBack(room)).toEqual({ unsynced: [], rejected: [] })
    const again = await here.join(name, { token: BOB, storage })
    await again.room.settled()
    expect(await here.read(name, 'a.txt')).toBe('one two')
  })

  it('hands back what a storage failed to store', async () => {
    const name = await here.make({ 'a.txt': 'one' })
    const storage = new MemoryStorage()
    const { room, network } = await here.join(name, { token: BOB, storage })
    const file = await room.open('a.txt')
    const failed = next(room, 'error')
    storage.failure = new Error('the disk is full')
    network.cut()
    append(file, ' two')
    await room.close()
    expect(await failed).toMatchObject({ code: 'storage' })
    expect(handedBack(room).unsynced).toMatchObject([{ reason: 'ended', typed: [' two'], kept: false }])
  })

  it('ends once, whoever else closes the room meanwhile', async () => {
    const { owner, guest, his } = await ownerAndGuest(here)
    const { unsynced } = handedBack(guest.room)
    guest.room.on('status', ({ status }) => {
      if (status === 'refused' || status === 'closed') void guest.room.close()
    })
    guest.network.cut()
    append(his, ' two')
    owner.room.kick(guest.room.me.user)
    await owner.room.settled()
    guest.network.restore()
    await over(guest.room)
    expect(unsynced).toHaveLength(1)
    expect(guest.room.status.status).toBe('refused')
  })
})

it('queues rejections until there is a listener, also over a reload', async () => {
  const name = await here.make({ 'a.txt': '', 'b.txt': '' })
  const storage = new MemoryStorage()
  const ann = await here.join(name)
  const bob = await here.join(name, { token: BOB, storage })
  const his = await bob.room.open('b.txt')
  bob.network.cut()
  bob.room.rename('a.txt', 'c.txt')
  append(his, '!')
  ann.room.create('c.txt', '')
  await ann.room.settled()
  bob.network.restore()
  await bob.room.settled()
  await storage.until((kept) => kept.includes('path_taken'))
  storage.crash()
  const again = await here.join(name, { token: BOB, storage })
  expect(await next(again.room, 'rejected')).toMatchObject({ code: 'path_taken' })
  await storage.until((kept) => kept === '[]')
  await reads(await again.room.open('b.txt'), '!')
})
