/**
 * The offline code is loaded when first needed. If that fails, the room is joined anyway, and nothing is
 * lost.
 */
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

/** A room, and a storage with work of an earlier page that the room does not have. */
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

/** Works normally, and gets an error that nothing is stored. */
async function worksUnkept(room: Room): Promise<void> {
  const errors: Error[] = []
  room.on('error', (error) => errors.push(error))
  expect(errors).toMatchObject([{ code: 'storage' }])
  append(await room.open('a.txt'), '<today>')
  await room.settled()
  room.close()
}

it('leaves stored work for a page that can load the code', async () => {
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

it('does not wait longer for it than for the room', async () => {
  const { name, storage } = await withWork()
  vi.doMock(KEPT, () => new Promise(() => {}))
  await worksUnkept((await here.join(name, { storage, token: secretOf('ann'), connectMs: 2_000 })).room)
  expect(storage.kept).toContain('<before>')
})
