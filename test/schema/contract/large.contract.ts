/**
 * Flushes that are too large for one transaction. How they are split is up to the store; the result is not.
 */

import { describe, expect, it } from 'vitest'
import type { FlushBatch } from '../../../schema/store.ts'
import { batchOf, clientOf, commitOf, fileOf, wholeRoom } from './samples.ts'
import type { StoreUnderTest } from './under-test.ts'

const MEBI = 1024 * 1024

/** About 1.8 Mi units, different for each `mark`, with what JSON has to escape. */
const large = (mark: string) => `${mark} "\u{1F600}"\n`.padEnd(256, mark).repeat((1.8 * MEBI) / 256)

/** Some 9 Mi units up to seq 3: more than one transaction takes. File `c` comes in the third. */
export function largeBatch(room: string): FlushBatch {
  return batchOf(room, 3, {
    commits: [commitOf(1, { blobs: { '1-0': large('a') } }), commitOf(2, { body: large('b') }), commitOf(3)],
    files: [
      fileOf('a', 1, { text: large('c') }),
      fileOf('b', 2, { text: large('d') }),
      fileOf('c', 3, { text: large('e') }),
    ],
    clients: [clientOf('c', 1, 3)],
  })
}

export function describeLargeFlushes(tested: StoreUnderTest): void {
  describe('takes a flush beyond 4 Mi units', () => {
    it('into a new room, and repeated', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const { files, commits, clients } = largeBatch(room)
      for (let times = 0; times < 2; times++) {
        await store.flush(largeBatch(room))
        const stored = await wholeRoom(store, room)
        expect(stored).toMatchObject({ seq: 3, clients })
        // Not with toEqual, which would print them.
        expect(JSON.stringify(stored?.files) === JSON.stringify(files)).toBe(true)
        expect(JSON.stringify(stored?.commits) === JSON.stringify(commits)).toBe(true)
      }
    })

    it('that is older than what is stored, or of another room, without any change', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(batchOf(room, 4, { files: [fileOf('a', 4)], commits: [commitOf(4)] }))
      const before = await wholeRoom(store, room)
      await store.flush(largeBatch(room))
      const other = { ...largeBatch(room), epoch: 'second', writer: 'another' }
      for (const seq of [3, 9]) {
        await expect(store.flush({ ...other, seq })).rejects.toMatchObject({ kind: 'conflict' })
      }
      expect(await wholeRoom(store, room)).toEqual(before)
    })
  })
}
