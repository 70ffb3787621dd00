/** The files of a room: which texts are in memory, and the size of all of them. */
import { describe, expect, it } from 'vitest'
import { RoomFiles } from '../../../core/model/files.ts'
import { applyChange, applyCommit, emptyRoom } from '../../../core/model/state.ts'
import { applyUnloaded } from '../../../core/model/unloaded-state.ts'
import type { Change } from '../../../core/protocol/messages.ts'
import { Text } from '../../../core/text/text.ts'
import { ANNA, Harness, NOTHING } from '../authority/support.ts'

const record = (file: string, text: string | null) => ({
  ...{ file, path: file, revision: 1, created: 1 },
  text: text === null ? null : Text.from(text),
})

function filesOf(...texts: readonly string[]): RoomFiles {
  const files = new RoomFiles()
  for (const [i, text] of texts.entries()) files.set(record(`f${i}`, text))
  return files
}

const loadedIn = (files: RoomFiles) =>
  [...files.values()].flatMap(({ file, text }) => (text === null ? [] : [file]))

describe('texts', () => {
  it('are unloaded when there are too many, least recently used first', () => {
    const files = filesOf('aaaa', 'bbbb', 'cccc', 'dddd')
    files.use('f0')
    files.set(record('f1', 'BBBBB'))
    files.unload(10, () => true)
    expect(loadedIn(files)).toEqual(['f0', 'f1'])
    expect([files.loadedUnits, files.bytes]).toEqual([9, 17])
  })

  it('stay loaded if they could not be loaded again', () => {
    const files = filesOf('aaaa', 'bbbb', 'cccc')
    files.unload(0, ({ file }) => file !== 'f1')
    expect(loadedIn(files)).toEqual(['f1'])
  })

  it('are counted, loaded or not, through every kind of change', () => {
    const files = filesOf('é', '😀😀')
    expect([files.bytes, files.loadedUnits]).toEqual([10, 5])
    files.unload(0, () => true)
    expect([files.bytes, files.loadedUnits]).toEqual([10, 0])
    files.assume('f0', 7)
    expect([files.bytes, files.bytesOf('f0')]).toEqual([15, 7])
    files.set(record('f0', 'abc'))
    files.delete('f1')
    files.delete('f1')
    expect([files.bytes, files.loadedUnits]).toEqual([3, 3])
    files.set(record('f1', null))
    expect([files.bytes, files.bytesOf('f1')]).toEqual([3, 0])
  })
})

describe('a waking room', () => {
  const commits = (): readonly Change[][] => [
    [{ type: 'create', file: 'a', path: 'a', text: 'é'.repeat(10) }],
    [{ type: 'create', file: 'b', path: 'b', text: 'x' }],
    [{ type: 'edit', file: 'a', op: [3, '😀', { d: 4 }] }],
    [
      { type: 'rename', file: 'a', path: 'c' },
      { type: 'mode', mode: 'classroom' },
    ],
    [
      { type: 'remove', file: 'b' },
      { type: 'chat', text: 'hello' },
    ],
  ]

  it('knows its files and upper bounds of their sizes without loading texts', () => {
    const [whole, woken] = [emptyRoom(), emptyRoom()]
    commits().forEach((changes, i) => {
      const entries = [{ client: 'c', n: i + 1, user: 'u', changes }]
      const commit = { type: 'commit', seq: i + 1, at: 0, entries, sums: {} } as const
      applyCommit(whole, commit)
      applyUnloaded(woken, commit, () => 0)
    })
    const bare = [...whole.files.values()].map((file) => ({ ...file, text: null }))
    expect([...woken.files.values()]).toEqual(bare)
    expect([woken.seq, woken.policy]).toEqual([whole.seq, whole.policy])
    expect([whole.files.bytes, woken.files.bytes]).toEqual([16, 24])
  })

  it('counts the content of blobs', () => {
    const room = emptyRoom()
    const ref = { blob: '1-0', points: 3, sum: 1 }
    const entries = [
      {
        client: 'c',
        n: 1,
        user: 'u',
        changes: [{ type: 'create' as const, file: 'a', path: 'a', text: ref }],
      },
    ]
    applyUnloaded(room, { type: 'commit', seq: 1, at: 0, entries, sums: {} }, (blob) =>
      blob === '1-0' ? 99 : 0,
    )
    expect(room.files.bytes).toBe(99)
  })
})

describe('the size of a room', () => {
  const create = (file: string, units: number): Change => ({
    type: 'create',
    file,
    path: file,
    text: 'x'.repeat(units),
  })

  it('[S11] is limited: a submission that makes it larger fails as a whole with room_too_large', () => {
    const harness = new Harness({ a: 'x'.repeat(600), b: 'x'.repeat(300) }, { roomBytes: 1_000 })
    const refused = { type: 'reject', code: 'room_too_large' }
    expect(harness.submit(ANNA, [create('c', 101)])).toMatchObject(refused)
    expect(harness.edit(ANNA, 'a', ['x'.repeat(101)])).toMatchObject(refused)
    expect(harness.submit(ANNA, [create('c', 50), create('d', 51)])).toMatchObject(refused)
    expect([harness.authority.state.files.bytes, harness.paths]).toEqual([900, ['a', 'b']])
    expect(harness.submit(ANNA, [create('c', 100)])).toMatchObject({ type: 'accepted' })
  })

  it('[S11] may always shrink or stay the same', () => {
    const harness = new Harness({ a: 'x'.repeat(600), b: 'x'.repeat(600) }, { roomBytes: 0 })
    const small = new Harness({}, { roomBytes: 1_000 })
    for (const file of harness.authority.state.files.values())
      small.authority.state.files.set({ ...file, revision: 0, created: 0 })
    expect(small.authority.state.files.bytes).toBe(1_200)
    const steps: Change[][] = [
      [{ type: 'edit', file: 'a', op: ['y', { d: 1 }] }],
      [{ type: 'rename', file: 'a', path: 'c' }],
      [{ type: 'remove', file: 'b' }, create('d', 500)],
    ]
    for (const changes of steps) {
      expect(small.submit(ANNA, changes)).toMatchObject({ type: 'accepted' })
      small.seal()
    }
    expect(small.authority.state.files.bytes).toBe(1_100)
    expect(small.edit(ANNA, 'a', ['y'])).toMatchObject({ code: 'room_too_large' })
  })

  it('[S11] includes unloaded texts, also after refusals and renames', () => {
    const harness = new Harness(
      { a: 'x'.repeat(600), b: 'x'.repeat(300) },
      { roomBytes: 1_000 },
      {
        ...NOTHING,
        text: () => Text.from('x'.repeat(600)),
      },
    )
    const { files } = harness.authority.state
    files.unload(0, () => true)
    const bad = { type: 'create' as const, file: 'n', path: '..', text: '' }
    expect(harness.submit(ANNA, [{ type: 'rename', file: 'a', path: 'c' }, bad])).toMatchObject({
      code: 'bad_path',
    })
    const edit = { type: 'edit' as const, file: 'a', op: [{ d: 599 }] }
    expect(harness.submit(ANNA, [{ type: 'rename', file: 'a', path: 'c' }, edit, bad])).toMatchObject({
      code: 'bad_path',
    })
    expect(files.bytes).toBe(900)
    expect(harness.submit(ANNA, [{ type: 'rename', file: 'a', path: 'c' }])).toMatchObject({
      type: 'accepted',
    })
    expect([files.bytes, files.bytesOf('a')]).toEqual([900, 600])
    harness.seal()
    expect(harness.submit(ANNA, [create('d', 101)])).toMatchObject({ code: 'room_too_large' })
  })

  it('[S11] lets an oversized file shrink even if its path changes too', () => {
    const harness = new Harness(
      {},
      { fileBytes: 500 },
      { ...NOTHING, text: () => Text.from('x'.repeat(600)) },
    )
    const { files } = harness.authority.state
    files.set({ file: 'a', path: 'a', revision: 0, created: 0, text: null })
    files.assume('a', 600)
    const changes: Change[] = [
      { type: 'rename', file: 'a', path: 'b' },
      { type: 'edit', file: 'a', op: [{ d: 1 }] },
    ]
    expect(harness.submit(ANNA, changes)).toMatchObject({ type: 'accepted' })
  })

  it('tracks every change', () => {
    const state = emptyRoom()
    applyChange(state, create('a', 10), 1)
    applyChange(state, { type: 'edit', file: 'a', op: [5, 'é', { d: 2 }] }, 2)
    expect(state.files.bytes).toBe(10)
    applyChange(state, { type: 'remove', file: 'a' }, 3)
    expect([state.files.bytes, state.files.loadedUnits]).toEqual([0, 0])
  })
})
