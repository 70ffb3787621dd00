/** Work that is not acked outlives the page: it is stored, and the next page sends it once. */
import { afterEach, expect, it, vi } from 'vitest'
import type { Rejection, SdkError, Unsynced } from '../../../client/index.ts'
import { MemoryStorage } from '../../support/memory-storage.ts'
import { secretOf } from '../../support/secrets.ts'
import { append, count, has, lists, next, pathsOf, place, reads, until } from '../support/people.ts'

const here = place()

const EMPTY = '[]'
/** An ack within this many ms is in time; work waiting longer is stored. */
const ACK_MS = 250

afterEach(() => {
  vi.useRealTimers()
})

/** Joins with a storage, like a page of this user. */
function page(room: string, storage: MemoryStorage, token = secretOf('ann')) {
  return here.join(room, { storage, token })
}

it('[S3] shows on the next page what was typed offline, and sends it once', async () => {
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

it('[S3] does not resend what was committed when its ack was lost, even with later typing', async () => {
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

it('opens its copy when there is no network, and continues from it', async () => {
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

it('stores nothing while acks are in time, and stores work as soon as one is late', async () => {
  const name = await here.make({ 'a.txt': '' })
  const storage = new MemoryStorage()
  const { room, network } = await page(name, storage)
  const file = await room.open('a.txt')
  // The page’s clock only moves when the test says so: an ack takes 249 ms on any machine.
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

it('sends the work of a closed tab from any other tab', async () => {
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

it('[H5] does not use a copy that another tab holds: two tabs are two clients', async () => {
  const name = await here.make({ 'a.txt': '' })
  const storage = new MemoryStorage()
  const [one, two] = [await page(name, storage), await page(name, storage)]
  for (const { room } of [one, two]) append(await room.open('a.txt'), '.')
  await Promise.all([one.room.settled(), two.room.settled()])
  expect([one, two].map(({ room }) => room.status.status)).toEqual(['connected', 'connected'])
  expect(one.network.closes).toEqual([])
})

it('[H4] leaves the copy of another user of the same browser alone', async () => {
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

it('[H6] merges pending work when the commits are gone, and hands back what cannot be merged', async () => {
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
  // The epoch in the copy is of a room that no longer exists.
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

it('reports that work cannot be stored, and goes on', async () => {
  const name = await here.make({ 'a.txt': '' })
  const storage = new MemoryStorage()
  const { room, network } = await page(name, storage)
  const file = await room.open('a.txt')
  storage.failure = new Error('the disk is full')
  const emitted = next(room, 'error')
  network.cut()
  append(file, '<1>')
  expect(await emitted).toMatchObject({
    code: 'storage',
    message: expect.stringContaining('the disk is full'),
  })
  network.restore()
  await room.settled()
  expect(await here.read(name, 'a.txt')).toBe('<1>')
})

it('reports a copy that cannot be read, leaves it in place, and starts fresh', async () => {
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

it('reports a refusal, and the pending work while offline', async () => {
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

it('[S8] queues a rejection until there is a listener', async () => {
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
  const emitted: Rejection[] = []
  after.room.on('rejected', (rejection) => emitted.push(rejection))
  expect(emitted).toMatchObject([{ code: 'path_taken', changes: [{ path: 'taken.txt', text: 'mine' }] }])
})
