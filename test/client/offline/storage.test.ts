/** Work that is not acked outlives the page: it is kept in a storage, and the next page sends it, once. */
import { afterEach, expect, it, vi } from 'vitest'
import type { Rejection, SdkError, Unsynced } from '../../../client/index.ts'
import { MemoryStorage } from '../../support/memory-storage.ts'
import { secretOf } from '../../support/secrets.ts'
import { append, count, has, lists, next, pathsOf, place, reads, until } from '../support/people.ts'

const here = place()

const EMPTY = '[]'
/** ms within which an ack is in time: what waits for it for longer is kept. */
const ACK_MS = 250

afterEach(() => {
  vi.useRealTimers()
})

/** Joins with a storage, as a page of this user does. */
function page(room: string, storage: MemoryStorage, token = secretOf('ann')) {
  return here.join(room, { storage, token })
}

it('[S3] has on the next page what was typed offline, and sends it once', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  const storage = new MemoryStorage()
  const before = await page(name, storage)
  const old = await before.room.open('a.txt')
  before.network.cut()
  append(old, '<1>')
  before.room.create('b.txt', 'new')
  append(old, '<2>')
  await storage.until((kept) => kept.includes('<2>'))
  storage.crash()
  const after = await page(name, storage)
  await after.room.settled()
  expect(await here.read(name, 'a.txt')).toBe('a<1><2>')
  expect(await here.read(name, 'b.txt')).toBe('new')
  await storage.until((kept) => kept === EMPTY)
})

it('[S3] sends nothing again that was committed when its ack was lost, and more was typed since', async () => {
  const name = await here.make({ 'a.txt': '' })
  const storage = new MemoryStorage()
  const before = await page(name, storage)
  const witness = await (await here.join(name)).room.open('a.txt')
  const old = await before.room.open('a.txt')
  before.network.deafen()
  append(old, '<1>')
  await has(witness, '<1>')
  append(old, '<2>')
  await storage.until((kept) => kept.includes('<2>'))
  storage.crash()
  const after = await page(name, storage)
  await after.room.settled()
  await reads(witness, '<1><2>')
  expect((await after.room.open('a.txt')).text).toBe('<1><2>')
})

it('opens what it kept when the network is away, and goes on there', async () => {
  const name = await here.make({ 'a.txt': 'a', 'b.txt': 'b' })
  const storage = new MemoryStorage()
  const before = await page(name, storage)
  append(await before.room.open('a.txt'), '<1>')
  await before.room.settled()
  before.network.cut()
  await storage.until((kept) => kept.includes('a<1>'))
  storage.crash()
  const { room, network } = await here.join(name, { storage, token: secretOf('ann'), cut: true })
  expect(room.status).toMatchObject({ status: 'offline', pending: 0 })
  expect(pathsOf(room)).toEqual(['a.txt', 'b.txt'])
  const file = await room.open('a.txt')
  expect(file.text).toBe('a<1>')
  append(file, '<2>')
  const opened = room.open('b.txt')
  network.restore()
  await room.settled()
  expect(await here.read(name, 'a.txt')).toBe('a<1><2>')
  expect((await opened).text).toBe('b')
})

it('keeps nothing while everything is acked in time, and something as soon as it is not', async () => {
  const name = await here.make({ 'a.txt': '' })
  const storage = new MemoryStorage()
  const { room, network } = await page(name, storage)
  const file = await room.open('a.txt')
  // The page's time passes only when the test says so: however busy the machine is, an ack
  // takes 249 ms.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  for (let acked = 0; acked < 100; acked++) {
    network.hold()
    append(file, '<>')
    await vi.advanceTimersByTimeAsync(ACK_MS - 1)
    network.release()
    await room.settled()
    expect(storage.kept).toBe(EMPTY)
  }
  network.hold()
  append(file, '<late>')
  await vi.advanceTimersByTimeAsync(ACK_MS)
  await storage.until((kept) => kept.includes('<late>'))
  network.release()
  await room.settled()
  await vi.advanceTimersByTimeAsync(ACK_MS)
  await storage.until((kept) => kept === EMPTY)
})

it('has the work of a tab that is gone sent by another, whichever it is', async () => {
  const name = await here.make({ 'a.txt': '' })
  const storage = new MemoryStorage()
  const tabs = [await page(name, storage), await page(name, storage), await page(name, storage)]
  for (const { network } of tabs) network.cut()
  for (const [i, { room, network }] of tabs.entries()) {
    const opened = room.open('a.txt')
    network.restore()
    await opened
    network.cut()
    append(await opened, `<${i}>`)
  }
  await storage.until((kept) => [0, 1, 2].every((i) => kept.includes(`<${i}>`)))
  storage.crash()
  const { room } = await page(name, storage)
  const file = await room.open('a.txt')
  await has(file, '<0>', '<1>', '<2>')
  for (let i = 0; i < 3; i++) expect(count(file.text, `<${i}>`)).toBe(1)
  await storage.until((kept) => kept === EMPTY)
})

it('[H5] takes no copy that another tab holds: two tabs are two clients', async () => {
  const name = await here.make({ 'a.txt': '' })
  const storage = new MemoryStorage()
  const [one, two] = [await page(name, storage), await page(name, storage)]
  for (const { room } of [one, two]) append(await room.open('a.txt'), '.')
  await Promise.all([one.room.settled(), two.room.settled()])
  expect([one, two].map(({ room }) => room.status.status)).toEqual(['connected', 'connected'])
  expect(one.network.closes).toEqual([])
})

it('[H4] leaves the copy of another user of the same browser alone, for them', async () => {
  const name = await here.make({ 'a.txt': '' })
  const storage = new MemoryStorage()
  const ann = await page(name, storage)
  append(await ann.room.open('a.txt'), '<0>')
  await ann.room.settled()
  const file = await ann.room.open('a.txt')
  ann.network.cut()
  append(file, '<ann>')
  await storage.until((kept) => kept.includes('<ann>'))
  storage.crash()
  const bob = await page(name, storage, secretOf('bob'))
  const his = await bob.room.open('a.txt')
  append(his, '<bob>')
  await bob.room.settled()
  expect(his.text).toBe('<0><bob>')
  await storage.until((kept) => kept.includes('<ann>'))
  const again = await page(name, storage, secretOf('ann'))
  await again.room.settled()
  await reads(his, '<0><bob><ann>')
})

it('[H6] merges what waited when the past is gone, and hands out what cannot be merged', async () => {
  const name = await here.make({ 'a.txt': 'color: red;\nwidth: 1;\n', 'gone.txt': 'g' })
  const storage = new MemoryStorage()
  const before = await page(name, storage)
  const [old, gone] = [await before.room.open('a.txt'), await before.room.open('gone.txt')]
  before.network.cut()
  old.edit([{ at: 7, remove: 3, insert: 'lime' }])
  append(old, 'mine: 1;\n')
  append(gone, '<typed>')
  await storage.until((kept) => kept.includes('<typed>'))
  storage.crash()
  const other = await here.join(name)
  const theirs = await other.room.open('a.txt')
  theirs.edit([{ at: 7, remove: 3, insert: 'navy' }])
  other.room.remove('gone.txt')
  await other.room.settled()
  // The epoch that the copy knows is of a room that is no more.
  storage.rewrite('replica', (part) => part.replace(/"epoch":"[^"]+"/, '"epoch":"another"'))
  const after = await page(name, storage)
  const file = await after.room.open('a.txt')
  await after.room.settled()
  const merged = 'color: navy;\nwidth: 1;\nmine: 1;\n'
  await reads(file, merged)
  expect(await here.read(name, 'a.txt')).toBe(merged)
  await storage.until((kept) => kept.includes('file_removed') && kept.includes('conflict'))
  storage.crash()

  const heard: Unsynced[] = []
  const last = await page(name, storage)
  last.room.on('unsynced', (unsynced) => heard.push(unsynced))
  expect(heard).toMatchObject([
    { reason: 'file_removed', path: 'gone.txt', text: 'g<typed>', typed: ['<typed>'] },
    { reason: 'conflict', path: 'a.txt', text: 'color: lime;\nwidth: 1;\nmine: 1;\n', typed: ['lime'] },
  ])
  await storage.until((kept) => kept === EMPTY)
})

it('tells that nothing can be kept, and works on', async () => {
  const name = await here.make({ 'a.txt': '' })
  const storage = new MemoryStorage()
  const { room, network } = await page(name, storage)
  const file = await room.open('a.txt')
  storage.failure = new Error('the disk is full')
  const told = next(room, 'error')
  network.cut()
  append(file, '<1>')
  expect(await told).toMatchObject({ code: 'storage', message: expect.stringContaining('the disk is full') })
  network.restore()
  await room.settled()
  expect(await here.read(name, 'a.txt')).toBe('<1>')
})

it('tells of a copy that cannot be read, leaves it there, and begins anew', async () => {
  const name = await here.make({ 'a.txt': 'a' })
  const storage = new MemoryStorage()
  const before = await page(name, storage)
  const old = await before.room.open('a.txt')
  before.network.cut()
  append(old, '<1>')
  await storage.until((kept) => kept.includes('<1>'))
  storage.crash()
  storage.rewrite('replica', () => '{"version":99}')
  const { room } = await page(name, storage)
  const errors: Error[] = []
  room.on('error', (error) => errors.push(error))
  expect((errors[0] as SdkError).code).toBe('storage')
  expect(errors[0]?.message).toContain('version 99')
  expect(room.status.status).toBe('connected')
  expect(storage.kept).toContain('99')
})

it('says who is refused, and who is offline with how much waiting', async () => {
  const name = await here.make({ 'a.txt': '' })
  const ann = await page(name, new MemoryStorage())
  const file = await ann.room.open('a.txt')
  ann.network.cut()
  append(file, '1')
  await until(ann.room, ['status'], () => ann.room.status.status === 'offline')
  expect(ann.room.status).toMatchObject({ status: 'offline', pending: 1 })
  ann.network.restore()
  await ann.room.settled()
  await lists(ann.room, 'a.txt')
  expect(ann.room.status).toEqual({ status: 'connected', pending: 0, reason: null, code: null })
})

it('[S8] tells of what was refused before anybody could listen, once somebody does', async () => {
  const name = await here.make({ 'a.txt': '' })
  const storage = new MemoryStorage()
  const before = await page(name, storage)
  before.network.cut()
  before.room.create('taken.txt', 'mine')
  await storage.until((kept) => kept.includes('taken.txt'))
  storage.crash()
  const other = await here.join(name)
  other.room.create('taken.txt', 'theirs')
  await other.room.settled()
  const after = await page(name, storage)
  await after.room.settled()
  const told: Rejection[] = []
  after.room.on('rejected', (rejection) => told.push(rejection))
  expect(told).toMatchObject([{ code: 'path_taken', changes: [{ path: 'taken.txt', text: 'mine' }] }])
})
