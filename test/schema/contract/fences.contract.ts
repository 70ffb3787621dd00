/** Flushes that are repeated, late, concurrent, of another room, or that cannot be stored. */

import { describe, expect, it } from 'vitest'
import type { FlushBatch } from '../../../schema/store.ts'
import { batchOf, clientOf, commitOf, fileOf, wholeRoom } from './samples.ts'
import type { StoreUnderTest } from './under-test.ts'

export function describeFences(tested: StoreUnderTest): void {
  describe('takes a flush', () => {
    it('a second time without any change', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const batch = batchOf(room, 5, {
        files: [fileOf('a', 5), fileOf('c', 5, { text: null })],
        removed: ['b'],
        commits: [commitOf(4), commitOf(5)],
        clients: [clientOf('c', 2, 5)],
      })
      await store.flush(batchOf(room, 3, { files: [fileOf('b', 3), fileOf('c', 3)], commits: [commitOf(3)] }))
      await store.flush(batch)
      const before = await wholeRoom(store, room)
      await store.flush(batch)
      expect(await wholeRoom(store, room)).toEqual(before)
    })

    it('that is older than what is stored without restoring a removed file', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const older = batchOf(room, 2, { files: [fileOf('a', 1), fileOf('b', 2)] })
      await store.flush(older)
      await store.flush(batchOf(room, 3, { removed: ['b'] }))
      await store.flush(older)
      expect(await wholeRoom(store, room)).toMatchObject({ seq: 3, files: [fileOf('a', 1)] })
    })

    it('that is older than what is stored without writing anything, and without an error', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(batchOf(room, 9, { files: [fileOf('a', 9)], commits: [commitOf(9)] }))
      const before = await wholeRoom(store, room)
      const files = [
        fileOf('a', 100),
        fileOf('new', 8),
        fileOf('moved', 8, { text: null }),
        fileOf('b', 100, { text: null }),
      ]
      const clients = [clientOf('c', 1, 8)]
      await store.flush(batchOf(room, 8, { files, commits: [commitOf(8)], clients }))
      await store.flush(batchOf(room, 8, { removed: ['a'] }))
      expect(await wholeRoom(store, room)).toEqual(before)
    })

    it('and never reverts a file or a client to an earlier state', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const [a, b, client] = [fileOf('a', 2), fileOf('b', 2), clientOf('c', 5, 2)]
      await store.flush(batchOf(room, 2, { files: [a, b], clients: [client] }))
      const files = [fileOf('a', 1), fileOf('b', 1, { path: 'earlier', text: null })]
      await store.flush(batchOf(room, 3, { files, clients: [clientOf('c', 4, 1)] }))
      expect(await wholeRoom(store, room)).toMatchObject({ seq: 3, files: [a, b], clients: [client] })
    })

    it('and keeps a commit that is already archived', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(batchOf(room, 1, { commits: [commitOf(1)] }))
      await store.flush(batchOf(room, 2, { commits: [commitOf(1, { body: 'other' }), commitOf(2)] }))
      expect(await wholeRoom(store, room)).toMatchObject({ commits: [commitOf(1), commitOf(2)] })
    })

    it('and keeps the newest of concurrent ones', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const flushOf = (seq: number) =>
        batchOf(room, seq, seq === 6 ? { removed: ['a'] } : { files: [fileOf('a', seq)] })
      await Promise.all([4, 1, 6, 3, 5, 2].map((seq) => store.flush(flushOf(seq))))
      expect(await store.load(room)).toMatchObject({ seq: 6, files: [] })
    })

    it('of another room of the same name as a conflict, older or newer, without writing', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(batchOf(room, 5, { files: [fileOf('a', 5)], commits: [commitOf(5)] }))
      const before = await wholeRoom(store, room)
      for (const seq of [1, 5, 9]) {
        const other = batchOf(room, seq, {
          epoch: 'second',
          writer: 'another',
          files: [fileOf('b', seq)],
          removed: ['a'],
          commits: [commitOf(seq + 1)],
          clients: [clientOf('c', 1, seq)],
        })
        await expect(store.flush(other)).rejects.toMatchObject({ name: 'StoreError', kind: 'conflict' })
      }
      expect(await wholeRoom(store, room)).toEqual(before)
    })

    it.each<[string, Partial<FlushBatch>]>([
      ['a NUL in a text', { files: [fileOf('b', 6, { text: 'a\u0000b' })] }],
      ['a lone surrogate in a path', { files: [fileOf('b', 6, { path: '\uD83D' })] }],
      ['a NUL in a large text', { commits: [commitOf(6, { blobs: { large: '\u0000' } })] }],
      ['a revision that is no whole number', { files: [fileOf('b', 1.5)] }],
      ['a file named twice', { files: [fileOf('b', 6), fileOf('b', 6)] }],
      ['a new file without a text', { files: [fileOf('b', 6, { text: null })] }],
      [
        'a text left out of a file that it removes',
        { files: [fileOf('b', 6, { text: null })], removed: ['b'] },
      ],
    ])('but refuses %s, without storing any of that flush', async (_, bad) => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(batchOf(room, 5, { files: [fileOf('a', 5)] }))
      const before = await wholeRoom(store, room)
      const batch = batchOf(room, 6, { clients: [clientOf('c', 1, 6)], commits: [commitOf(5)], ...bad })
      await expect(store.flush({ ...batch, files: [fileOf('a', 6), ...batch.files] })).rejects.toMatchObject({
        name: 'StoreError',
        kind: 'refused',
      })
      expect(await wholeRoom(store, room)).toEqual(before)
    })

    it('but refuses a new room whose files have no texts, and creates no room', async () => {
      const room = tested.newRoom()
      const batch = batchOf(room, 1, { files: [fileOf('a', 1, { text: null })] })
      await expect(tested.store.flush(batch)).rejects.toMatchObject({
        kind: 'refused',
        message: 'a file was flushed without its text, and none is stored',
      })
      expect(await tested.store.load(room)).toBeNull()
    })
  })
}
