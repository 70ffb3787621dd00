/** The keeper alone: whenever something changes, the last state is what is kept. */
import { expect, it } from 'vitest'
import { Keeper } from '../../client/keeper.ts'
import { Replica } from '../../core/replica/replica.ts'
import { MemoryStorage } from '../support/memory-storage.ts'

it('keeps what changes while a write is about to end, at whatever moment of that', async () => {
  for (let moment = 0; moment < 12; moment++) {
    const storage = new MemoryStorage()
    const copy = await storage.hold('room', 'client-me')
    const replica = new Replica('client-me')
    const state = () => ({ replica: replica.saved(), unsynced: [] })
    const failed = (error: Error) => expect.unreachable(String(error))
    const keeper = new Keeper(copy ?? expect.unreachable(), false, {
      state,
      isConnected: () => false,
      oldest: () => null,
      failed,
    })
    replica.create('f', 'first.txt', '')
    const first = keeper.saveNow()
    for (let i = 0; i < moment; i++) await null
    replica.create('g', 'second.txt', '')
    await keeper.close()
    await first
    expect(storage.kept, `after ${moment}`).toContain('second.txt')
  }
})
