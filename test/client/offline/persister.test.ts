/** The persister alone: after any change, the last state is stored. */
import { afterEach, expect, it, vi } from 'vitest'
import { Emitter } from '../../../client/emitter.ts'
import { Persister, type StoredRoom } from '../../../client/offline/persister.ts'
import type { RoomEvents } from '../../../client/types.ts'
import { Replica } from '../../../core/replica/replica.ts'
import { MemoryStorage } from '../../support/memory-storage.ts'
import { SlowStorage } from '../../support/slow-storage.ts'

afterEach(() => {
  vi.useRealTimers()
})

const NOTHING_STORED = { isStored: false, whose: null }

/** A room that is not connected. */
function offline(replica: Replica): StoredRoom {
  const emitter = new Emitter<RoomEvents>(['unsynced', 'rejected', 'error'])
  return { replica, status: { isConnected: false, isOver: false }, emitter, confirmedToken: null }
}

it('stores what changes at any moment while a write is ending', async () => {
  for (let moment = 0; moment < 12; moment++) {
    const storage = new MemoryStorage()
    const copy = await storage.hold('room', 'client-me')
    const replica = new Replica('client-me')
    const room = offline(replica)
    room.emitter.on('error', (error) => expect.unreachable(String(error)))
    const persister = new Persister(copy ?? expect.unreachable(), NOTHING_STORED, room)
    replica.drafts.create('f', 'first.txt', '')
    const first = persister.saveNow()
    for (let i = 0; i < moment; i++) await null
    replica.drafts.create('g', 'second.txt', '')
    await persister.close()
    await first
    expect(storage.kept, `after ${moment}`).toContain('second.txt')
  }
})

/** A persister with a storage that does not answer writes. */
async function stuck() {
  vi.useFakeTimers()
  const memory = new MemoryStorage()
  const storage = new SlowStorage(memory)
  const copy = (await storage.hold('room', 'client-me')) ?? expect.unreachable()
  storage.hang('write')
  const replica = new Replica('client-me')
  const errors: Error[] = []
  const room = offline(replica)
  room.emitter.on('error', (error) => errors.push(error))
  const persister = new Persister(copy, NOTHING_STORED, room)
  replica.drafts.create('f', 'first.txt', '')
  return { memory, storage, replica, errors, persister }
}

it('counts an unanswered write as failed, and updates the storage once it is answered', async () => {
  const { memory, storage, replica, errors, persister } = await stuck()
  const saving = persister.saveNow()
  await vi.advanceTimersByTimeAsync(3_000)
  await saving
  expect(errors).toMatchObject([{ code: 'storage', message: expect.stringContaining('no answer') }])
  replica.drafts.create('g', 'second.txt', '')
  await persister.saveNow()
  expect(storage.asked.filter((asked) => asked === 'write')).toHaveLength(1)
  storage.release()
  await memory.until((kept) => kept.includes('second.txt'))
  expect(await persister.close()).toBe(true)
  expect([storage.held, errors.length]).toEqual([0, 1])
})

it('closes without waiting for the storage, and leaves nothing in it when it answers', async () => {
  const { memory, storage, persister } = await stuck()
  const closing = persister.close()
  await vi.advanceTimersByTimeAsync(3_000)
  expect(await closing).toBe(false)
  expect([storage.held, vi.getTimerCount()]).toEqual([1, 0])
  storage.release()
  await vi.advanceTimersByTimeAsync(0)
  expect([memory.kept, storage.held]).toEqual(['[]', 0])
})
