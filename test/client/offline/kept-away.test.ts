/** What keeps work in the browser is loaded when it is first needed. Where it cannot be, the room is joined all the same, and nothing is lost. */
import { afterEach, expect, it, vi } from 'vitest'
import type { Room } from '../../../client/index.ts'
import { MemoryStorage } from '../../support/memory-storage.ts'
import { secretOf } from '../../support/secrets.ts'
import { append, has, place } from '../support/people.ts'

const here = place({ withoutDatabase: true })
const KEPT = '../../../client/offline/connect.ts'

afterEach(() => {
  vi.doUnmock(KEPT)
})

/** A room, and a storage with work of an earlier page that the room has not got. */
async function withWork(): Promise<{ name: string; storage: MemoryStorage }> {
  const name = await here.make({ 'a.txt': '' })
  const storage = new MemoryStorage()
  const before = await here.join(name, { storage, token: secretOf('ann') })
  const file = await before.room.open('a.txt')
  before.network.cut()
  append(file, '<before>')
  await storage.until((kept) => kept.includes('<before>'))
  storage.crash()
  return { name, storage }
}

/** Works there as on any day, and hears that nothing is kept. */
async function worksUnkept(room: Room): Promise<void> {
  const errors: Error[] = []
  room.on('error', (error) => errors.push(error))
  expect(errors).toMatchObject([{ code: 'storage' }])
  append(await room.open('a.txt'), '<today>')
  await room.settled()
  room.close()
}

it('leaves what is kept where it is, for a page that can load what sends it', async () => {
  const { name, storage } = await withWork()
  vi.doMock(KEPT, () => {
    throw new TypeError('Failed to fetch dynamically imported module')
  })
  await worksUnkept((await here.join(name, { storage, token: secretOf('ann') })).room)
  expect(storage.kept).toContain('<before>')
  vi.doUnmock(KEPT)
  const after = await here.join(name, { storage, token: secretOf('ann') })
  await has(await after.room.open('a.txt'), '<before>', '<today>')
})

it('waits no longer for it than for the room', async () => {
  const { name, storage } = await withWork()
  vi.doMock(KEPT, () => new Promise(() => {}))
  await worksUnkept((await here.join(name, { storage, token: secretOf('ann'), connectMs: 2_000 })).room)
  expect(storage.kept).toContain('<before>')
})
