/** Marks: what a store does with flushes whose belief differs from what is stored. */

import { describe, expect, it } from 'vitest'
import type { FlushBatch } from '../../../schema/store.ts'
import { batchOf, clientOf, commitOf, fileOf, wholeRoom } from './samples.ts'
import type { StoreUnderTest } from './under-test.ts'

const CONFLICT = { name: 'StoreError', kind: 'conflict' }

/** A flush from `base` to `seq`: each commit in between, and one file. */
function flushOf(room: string, base: number, seq: number, more: Partial<FlushBatch> = {}): FlushBatch {
  const commits = Array.from({ length: seq - base }, (_, at) => commitOf(base + at + 1))
  return batchOf(room, seq, {
    base,
    files: [fileOf('a', seq)],
    commits,
    clients: [clientOf('c', seq, seq)],
    ...more,
  })
}

export function describeWriters(tested: StoreUnderTest): void {
  describe('compares what a flush believes with what is stored', () => {
    it('and returns the mark of a room', async () => {
      const { store } = tested
      const room = tested.newRoom()
      expect(await store.mark(room)).toBeNull()
      await store.flush(flushOf(room, 0, 2))
      expect(await store.mark(room)).toEqual({ epoch: 'first', seq: 2, writer: 'writer' })
    })

    it('and writes nothing if the row is gone, but says so', async () => {
      const { store } = tested
      const room = tested.newRoom()
      expect(await store.flush(flushOf(room, 3, 4))).toEqual({ type: 'behind', stored: null })
      expect(await store.load(room)).toBeNull()
    })

    it('and writes nothing if the row went back to this writer’s or an earlier one’s state', async () => {
      const { store } = tested
      for (const more of [{}, { writer: 'heir', lineage: ['older', 'writer'] }]) {
        const room = tested.newRoom()
        await store.flush(flushOf(room, 0, 2))
        const before = await wholeRoom(store, room)
        const stored = { epoch: 'first', seq: 2, writer: 'writer' }
        expect(await store.flush(flushOf(room, 3, 4, more))).toEqual({ type: 'behind', stored })
        expect(await wholeRoom(store, room)).toEqual(before)
      }
    })

    it('and treats a row of its own with another epoch as one that went back', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(flushOf(room, 0, 2, { epoch: 'restored' }))
      const stored = { epoch: 'restored', seq: 2, writer: 'writer' }
      expect(await store.flush(flushOf(room, 2, 3))).toEqual({ type: 'behind', stored })
      const takes = { epoch: 'restored', writer: 'writer' }
      expect(await store.flush(flushOf(room, 2, 3, { takes }))).toMatchObject({ type: 'written' })
      expect(await store.load(room)).toMatchObject({ epoch: 'first', seq: 3, writer: 'writer' })
    })

    it('and treats the row that it was restored from, with another epoch, as one that went back', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(flushOf(room, 0, 3, { epoch: 'restored' }))
      const heir = { writer: 'heir', takes: { epoch: 'first', writer: 'writer' }, lineage: ['writer'] }
      expect(await store.flush(flushOf(room, 3, 4, heir))).toMatchObject({
        type: 'behind',
        stored: { seq: 3 },
      })
      // A row that moved on since has another writer, restored or not.
      await expect(store.flush(flushOf(room, 2, 4, heir))).rejects.toMatchObject(CONFLICT)
    })

    it('and overwrites what it had stored when the answer was lost', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(flushOf(room, 0, 2))
      expect(await store.flush(flushOf(room, 0, 3))).toEqual({ type: 'written', skipped: [] })
      expect(await store.load(room)).toMatchObject({ seq: 3, files: [{ revision: 3 }] })
    })

    it('and writes nothing for another writer, whatever its seq', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(flushOf(room, 0, 5))
      const before = await wholeRoom(store, room)
      for (const [base, seq] of [
        [0, 1],
        [0, 9],
        [5, 6],
        [7, 8],
      ] as const) {
        await expect(store.flush(flushOf(room, base, seq, { writer: 'another' }))).rejects.toMatchObject(
          CONFLICT,
        )
      }
      expect(await wholeRoom(store, room)).toEqual(before)
    })

    it('and lets one of two take a room over: the one whose row is as it was read', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(flushOf(room, 0, 3))
      const takes = { epoch: 'first', writer: 'writer' }
      const heir = (writer: string) => flushOf(room, 3, 4, { writer, takes, lineage: ['writer'] })
      expect(await store.flush(heir('one'))).toEqual({ type: 'written', skipped: [] })
      const before = await wholeRoom(store, room)
      await expect(store.flush(heir('two'))).rejects.toMatchObject(CONFLICT)
      // The previous writer is too late as well.
      await expect(store.flush(flushOf(room, 3, 4))).rejects.toMatchObject(CONFLICT)
      expect(await wholeRoom(store, room)).toEqual(before)
      expect(before).toMatchObject({ writer: 'one', lineage: ['writer'], seq: 4 })
      // It continues as itself, even if it does not know yet that it has taken the room over.
      expect(await store.flush({ ...heir('one'), seq: 5 })).toMatchObject({ type: 'written' })
    })

    it('and does not take a room over whose row moved on after it was read', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(flushOf(room, 0, 3))
      await store.flush(flushOf(room, 3, 5))
      const takes = { epoch: 'first', writer: 'writer' }
      const late = flushOf(room, 3, 4, { writer: 'heir', takes, lineage: ['writer'] })
      await expect(store.flush(late)).rejects.toMatchObject(CONFLICT)
    })

    it('and removes what an interrupted flush left above the seq, once the room is taken over', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(flushOf(room, 0, 2))
      await store.flush(flushOf(room, 2, 5, { isWhole: false }))
      expect(await store.load(room)).toMatchObject({ seq: 2, hasMore: true, lastAt: commitOf(2).at })
      const takes = { epoch: 'first', writer: 'writer' }
      const other = { ...commitOf(3), body: 'another history' }
      const heir = { writer: 'heir', epoch: 'second', takes, lineage: ['writer'] }
      await store.flush(flushOf(room, 2, 2, heir))
      expect(await wholeRoom(store, room)).toMatchObject({
        ...{ epoch: 'second', seq: 2, hasMore: false, writer: 'heir' },
        commits: [commitOf(1), commitOf(2)],
        files: [{ file: 'a', revision: 2, text: 'text of a at 5' }],
      })
      await store.flush(flushOf(room, 2, 3, { writer: 'heir', epoch: 'second', commits: [other] }))
      expect(await wholeRoom(store, room)).toMatchObject({
        commits: [commitOf(1), commitOf(2), other],
        files: [fileOf('a', 3)],
      })
    })

    it('and renames a file whose row is as it was read, and keeps its text and revision', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const [a, b, c] = [fileOf('a', 1), fileOf('b', 2), fileOf('c', 3)]
      await store.flush(batchOf(room, 2, { files: [a, b] }))
      await store.flush(batchOf(room, 3, { base: 2, files: [c], isWhole: false }))
      const heir = { writer: 'heir', epoch: 'second', takes: { epoch: 'first', writer: 'writer' } }
      const found = [a, b, { ...c, revision: 2 }]
      const moved = found.map(({ file, revision }) => ({ file, revision, path: `${file} (2)` }))
      await store.flush(batchOf(room, 2, { base: 2, ...heir, moved }))
      const isMoved = found.map((row) => ({ ...row, path: `${row.file} (2)` }))
      expect(await wholeRoom(store, room)).toMatchObject({ seq: 2, hasMore: false, files: isMoved })
      // Repeated once the row has moved on, it does not move it back; nor does an incomplete batch.
      await store.flush(batchOf(room, 3, { base: 2, ...heir, takes: null, files: [fileOf('a', 3)] }))
      const again = [{ file: 'a', revision: 1, path: 'again' }]
      await store.flush(batchOf(room, 3, { base: 3, ...heir, takes: null, moved: again }))
      const other = [{ file: 'b', revision: 2, path: 'again' }]
      await store.flush(batchOf(room, 3, { base: 3, ...heir, takes: null, moved: other, isWhole: false }))
      expect(await wholeRoom(store, room)).toMatchObject({
        seq: 3,
        files: [fileOf('a', 3), ...isMoved.slice(1)],
      })
    })

    it('and keeps gaps and the set-aside count despite a late flush', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const late = batchOf(room, 5, { base: 4 })
      const gaps = [{ after: 0, upTo: 4 }]
      // Meanwhile the database has lost the room, and got it again.
      await store.flush(batchOf(room, 5, { base: 0, gaps, setAside: 2, cleans: true }))
      expect(await store.flush(late)).toEqual({ type: 'written', skipped: [] })
      expect(await store.load(room)).toMatchObject({ seq: 5, gaps, setAside: 2 })
      // A flush that knows of the loss says when they are stored.
      await store.flush(batchOf(room, 5, { base: 5, gaps, setAside: 0 }))
      expect(await store.load(room)).toMatchObject({ seq: 5, gaps, setAside: 0 })
    })

    it('and records how many files are set aside, as of the last complete flush', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const setAside = async () => (await store.load(room))?.setAside
      await store.flush(batchOf(room, 2, { setAside: 3 }))
      expect(await setAside()).toBe(3)
      await store.flush(batchOf(room, 3, { base: 2, setAside: 0, isWhole: false }))
      expect(await setAside()).toBe(3)
      await store.flush(batchOf(room, 3, { base: 2, setAside: 0 }))
      expect(await setAside()).toBe(0)
    })

    it('and removes it for a writer that rewrites everything, and keeps its gaps', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(flushOf(room, 0, 2))
      await store.flush(flushOf(room, 2, 5, { isWhole: false }))
      const gaps = [{ after: 2, upTo: 4 }]
      const commits = [commitOf(5, { body: 'as it is here' })]
      await store.flush(batchOf(room, 5, { base: 2, files: [fileOf('a', 4)], commits, cleans: true, gaps }))
      expect(await wholeRoom(store, room)).toMatchObject({
        ...{ seq: 5, gaps },
        commits: [commitOf(1), commitOf(2), ...commits],
        files: [fileOf('a', 4)],
      })
    })

    it('and leaves a file alone that another writer wrote, and names it', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(batchOf(room, 1, { files: [fileOf('a', 1), fileOf('b', 1), fileOf('c', 1)] }))
      await store.flush(batchOf(room, 2, { files: [fileOf('a', 99), fileOf('b', 98)] }))
      const files = [fileOf('a', 3), fileOf('b', 3, { text: null }), fileOf('c', 3)]
      const answer = await store.flush(batchOf(room, 3, { base: 2, files }))
      expect(answer).toEqual({ type: 'written', skipped: expect.arrayContaining(['a', 'b']) })
      expect(answer).toMatchObject({ skipped: { length: 2 } })
      expect(await wholeRoom(store, room)).toMatchObject({
        seq: 3,
        files: [fileOf('a', 99), fileOf('b', 98), fileOf('c', 3)],
      })
    })

    it('and only writes rows with an incomplete batch', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(flushOf(room, 0, 1, { clients: [] }))
      await store.flush(flushOf(room, 1, 3, { isWhole: false, removed: ['gone'], policy: { owner: 'ann' } }))
      expect(await wholeRoom(store, room)).toMatchObject({
        ...{ seq: 1, policy: null, clients: [] },
        commits: [commitOf(1), commitOf(2), commitOf(3)],
        files: [fileOf('a', 3)],
      })
    })

    it('and reads the archive without blobs if not wanted, which then do not count', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const blobs = { '1-0': 'x'.repeat(1000) }
      const commits = [1, 2, 3, 4].map((seq) => commitOf(seq, { body: 'x'.repeat(100), blobs }))
      await store.flush(batchOf(room, 4, { commits }))
      const bare = commits.map((commit) => ({ ...commit, blobs: null }))
      expect(await store.commits(room, 0, 4, { blobs: false })).toEqual(bare)
      expect(await store.commits(room, 0, 4, { blobs: false, bytes: 400 })).toEqual(bare)
      expect(await store.commits(room, 0, 4, { blobs: false, bytes: 399 })).toEqual([])
      expect(await store.commits(room, 0, 4, { bytes: 400 })).toEqual([])
      expect(await store.commits(room, 0, 4, { bytes: 1e9 })).toEqual(commits)
    })
  })
}
