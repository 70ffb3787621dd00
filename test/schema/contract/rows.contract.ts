/** A store returns what it was given: the list, the texts and the archive, with any characters. */

import { describe, expect, it } from 'vitest'
import { ALL, batchOf, CREATED_AT, clientOf, commitOf, fileOf, wholeRoom } from './samples.ts'
import type { StoreUnderTest } from './under-test.ts'

export function describeRows(tested: StoreUnderTest): void {
  describe('keeps rows', () => {
    it('and knows nothing of a room that was never stored', async () => {
      const { store } = tested
      const room = tested.newRoom()
      expect(await store.load(room)).toBeNull()
      expect(await store.texts(room, ['a'])).toEqual(new Map())
      expect(await store.commits(room, 0, ALL)).toEqual([])
    })

    it('and loads the list and the clients, without texts', async () => {
      const room = tested.newRoom()
      const clients = [{ client: 'c', user: 'bob', n: 7, seq: 2 }]
      await tested.store.flush(batchOf(room, 3, { files: [fileOf('a', 2)], clients }))
      expect(await tested.store.load(room)).toEqual({
        room,
        epoch: 'first',
        seq: 3,
        createdAt: CREATED_AT,
        policy: null,
        writer: 'writer',
        lineage: [],
        gaps: [],
        setAside: 0,
        lastAt: null,
        hasMore: false,
        hasMoreClients: false,
        files: [{ file: 'a', path: 'a.txt', revision: 2, bytes: 14 }],
        clients,
      })
    })

    it('and reads no commits if they exceed the limit', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const commits = [1, 2, 3].map((seq) => {
        return { seq, at: 1_000, body: '{}', blobs: seq === 2 ? { '2-0': 'é'.repeat(500) } : null }
      })
      await store.flush(batchOf(room, 3, { commits }))
      const seqs = async (after: number, upTo: number, bytes?: number) =>
        (await store.commits(room, after, upTo, bytes === undefined ? {} : { bytes })).map(({ seq }) => seq)
      expect(await seqs(0, 3)).toEqual([1, 2, 3])
      expect(await seqs(0, 3, 1_100)).toEqual([1, 2, 3])
      expect(await seqs(0, 3, 1_000)).toEqual([])
      expect(await seqs(2, 3, 1_000)).toEqual([3])
    })

    it('and knows the UTF-8 size of each text', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const files = ['', 'é😀', 'x'.repeat(100_000)].map((text, i) => ({ ...fileOf(`f${i}`, 2), text }))
      await store.flush(batchOf(room, 3, { files }))
      const loaded = (await store.load(room))?.files ?? []
      expect(new Map(loaded.map(({ file, bytes }) => [file, bytes]))).toEqual(
        new Map([
          ['f0', 0],
          ['f1', 6],
          ['f2', 100_000],
        ]),
      )
    })

    it('and keeps the policy of the last flush that wrote anything', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const policy = {
        owner: 'ann "a" 😀',
        members: { constructor: { role: 'viewer', name: '' } },
        kicked: {},
      }
      await store.flush(batchOf(room, 3, { policy }))
      expect((await store.load(room))?.policy).toEqual(policy)
      await store.flush(batchOf(room, 2, { policy: { owner: 'older' } }))
      expect((await store.load(room))?.policy).toEqual(policy)
      await store.flush(batchOf(room, 4, { policy: { owner: 'newer' } }))
      expect((await store.load(room))?.policy).toEqual({ owner: 'newer' })
    })

    it('and finds the last chat messages before a seq, ascending', async () => {
      const { store } = tested
      const [room, other] = [tested.newRoom(), tested.newRoom()]
      const said = (seq: number) =>
        commitOf(seq, { body: JSON.stringify({ seq, changes: [{ type: 'chat', text: '😀' }] }) })
      const quoted = commitOf(3, { body: JSON.stringify({ seq: 3, text: '"type":"chat"' }) })
      await store.flush(
        batchOf(room, 9, { commits: [said(1), commitOf(2), quoted, said(4), said(7), commitOf(8)] }),
      )
      await store.flush(batchOf(other, 5, { commits: [said(5)] }))
      expect(await store.commitsWith('chat', room, ALL, 10)).toEqual([said(1), said(4), said(7)])
      expect(await store.commitsWith('chat', room, 7, 1)).toEqual([said(4)])
      expect(await store.commitsWith('chat', room, 1, 5)).toEqual([])
    })

    it('and returns the requested texts, omitting what is not stored', async () => {
      const { store } = tested
      const [room, other] = [tested.newRoom(), tested.newRoom()]
      const ids = ['a', 'b', '"c",{}\\ \u{1F600}', 'NULL', '']
      await store.flush(batchOf(room, 1, { files: ids.map((id) => fileOf(id, 1, { text: `in ${id}` })) }))
      await store.flush(batchOf(other, 1, { files: [fileOf('d', 1)] }))
      const found = await store.texts(room, [...ids.slice(1), 'b', 'd', 'nowhere'])
      expect(found).toEqual(new Map(ids.slice(1).map((id) => [id, { revision: 1, text: `in ${id}` }])))
      expect(await store.texts(room, [])).toEqual(new Map())
    })

    it('and keeps the archive with times, exact bodies, and large texts', async () => {
      const room = tested.newRoom()
      const commits = [
        commitOf(1, { body: '{ "seq" : 1,  "text":"\\u0000 \\" \u{1F600}" }' }),
        commitOf(2, { blobs: { first: 'a\n"b"\\', second: '\u{1F600}' } }),
        commitOf(10),
      ]
      await tested.store.flush(batchOf(room, 10, { commits }))
      expect(await tested.store.commits(room, 0, ALL)).toEqual(commits)
    })

    it('and returns the existing commits of a range, ascending', async () => {
      const { store } = tested
      const [room, other] = [tested.newRoom(), tested.newRoom()]
      const seqs = [9, 10, 2, 3, 1]
      await store.flush(batchOf(room, 10, { commits: seqs.map((seq) => commitOf(seq)) }))
      await store.flush(batchOf(other, 4, { commits: [commitOf(4)] }))
      const between = async (after: number, upTo: number) =>
        (await store.commits(room, after, upTo)).map(({ seq }) => seq)
      expect(await between(0, ALL)).toEqual([1, 2, 3, 9, 10])
      expect(await between(2, 9)).toEqual([3, 9])
      expect(await between(3, 8)).toEqual([])
      expect(await between(9, 9)).toEqual([])
      expect(await between(9, 2)).toEqual([])
    })

    it('and keeps any text unchanged: beyond the BMP, quotes, backslashes, control characters, empty', async () => {
      const room = tested.newRoom()
      const texts = [
        '',
        ' ',
        'NULL',
        '\u{1F600}\u{10FFFF}é漢字\u200D\uFEFF',
        `'"\`\\ \\n \\\\ {a,"b"} $1 ; -- /* */`,
        '\t\n\u0001\u001F\u007F\u2028',
      ]
      const files = texts.map((text, at) => fileOf(`f${at}`, 1, { text, path: `${at}/${text}` }))
      await tested.store.flush(batchOf(room, 1, { files }))
      expect(await wholeRoom(tested.store, room)).toMatchObject({ files })
    })

    it('and keeps 5,000 files and 3,000 commits of one flush, and removes 5,000 at once', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const files = Array.from({ length: 5000 }, (_, at) => fileOf(`f${String(at).padStart(4, '0')}`, 1))
      const commits = Array.from({ length: 3000 }, (_, at) => commitOf(at + 1))
      await store.flush(batchOf(room, 3000, { files, commits }))
      expect(await wholeRoom(store, room)).toMatchObject({ files, commits })
      const moved = files.map((row) => ({ ...row, path: `moved/${row.path}`, revision: 3001 }))
      await store.flush(batchOf(room, 3001, { files: moved.map((row) => ({ ...row, text: null })) }))
      expect((await wholeRoom(store, room))?.files).toEqual(moved)
      await store.flush(batchOf(room, 3002, { removed: files.map((row) => row.file) }))
      expect((await store.load(room))?.files).toEqual([])
    }, 60_000)

    it('and writes only what a later flush contains', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const moved = fileOf('b', 4, { path: 'moved' })
      await store.flush(
        batchOf(room, 2, { files: [fileOf('a', 1), fileOf('b', 2)], clients: [clientOf('c', 1, 2)] }),
      )
      await store.flush(batchOf(room, 4, { files: [moved], createdAt: CREATED_AT + 1 }))
      expect(await wholeRoom(store, room)).toMatchObject({
        seq: 4,
        createdAt: CREATED_AT,
        files: [fileOf('a', 1), moved],
        clients: [clientOf('c', 1, 2)],
      })
    })

    it('and lets two files swap their paths in one flush', async () => {
      const { store } = tested
      const room = tested.newRoom()
      const swapped = [fileOf('a', 3, { path: 'b.txt' }), fileOf('b', 3, { path: 'a.txt', text: null })]
      await store.flush(batchOf(room, 2, { files: [fileOf('a', 1), fileOf('b', 2)] }))
      await store.flush(batchOf(room, 3, { files: swapped }))
      const kept = { ...swapped[1], text: 'text of b at 2' }
      expect((await wholeRoom(store, room))?.files).toEqual([swapped[0], kept])
    })

    it('and keeps the stored text of a file flushed without one', async () => {
      const { store } = tested
      const room = tested.newRoom()
      await store.flush(batchOf(room, 2, { files: [fileOf('a', 1), fileOf('b', 2)] }))
      const files = [fileOf('a', 4, { path: 'moved', text: null }), fileOf('c', 4)]
      await store.flush(batchOf(room, 4, { files, removed: ['b'] }))
      const kept = { ...files[0], text: 'text of a at 1' }
      expect(await wholeRoom(store, room)).toMatchObject({ seq: 4, files: [kept, files[1]] })
    })
  })
}
