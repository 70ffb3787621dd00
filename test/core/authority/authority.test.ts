/** The rules of the authority: what it accepts, how it transforms, and what a commit contains. */
import { describe, expect, it } from 'vitest'
import { type Author, Authority } from '../../../core/authority/authority.ts'
import { emptyRoom } from '../../../core/model/state.ts'
import { DEFAULT_LIMITS } from '../../../core/protocol/limits.ts'
import type { Change, Commit, RenameChange } from '../../../core/protocol/messages.ts'
import { checksumOf } from '../../../core/text/index.ts'
import { Text } from '../../../core/text/text.ts'
import { ANNA, BEN, Harness, NOTHING, VERA } from './support.ts'

describe('a submission', () => {
  it('[O4] of an insert at the place of a committed one goes to its right', () => {
    const harness = new Harness({ f: 'ab' })
    harness.edit(ANNA, 'f', [1, 'A'])
    harness.edit(BEN, 'f', [1, 'B'])
    harness.seal()
    expect(harness.text('f')).toBe('aABb')
  })

  it('[S5] is transformed over everything committed since its base', () => {
    const harness = new Harness({ f: 'hello' })
    for (const word of ['1', '2', '3']) {
      harness.edit(ANNA, 'f', [word])
      harness.seal()
    }
    expect(harness.edit(BEN, 'f', [5, '!'], 1).type).toBe('accepted')
    harness.seal()
    expect(harness.text('f')).toBe('321hello!')
  })

  it('[S5] whose past is gone gets a resync', () => {
    const harness = new Harness({ f: 'x' })
    for (let i = 0; i < 3_000; i++) {
      harness.edit(ANNA, 'f', ['a'])
      harness.seal()
    }
    expect(harness.edit(BEN, 'f', ['b'], 1).type).toBe('resync')
    expect(harness.text('f')?.includes('b')).toBe(false)
  })

  it('[S6] for a file revived after its base is refused, even in a room restored from Postgres', () => {
    const create: Change = { type: 'create', file: 'f', path: 'f', text: 'now' }
    const [remove, rename] = [
      { type: 'remove', file: 'f' },
      { type: 'rename', file: 'g', path: 'h' },
    ] as const
    const log = [remove, create, rename].map((change, i): Commit<Change> => {
      const entries = [{ client: 'client-zoe', n: i + 1, user: 'zoe', changes: [change] }]
      return { type: 'commit', seq: 6 + i, at: 0, entries, sums: {} }
    })
    const state = emptyRoom()
    state.seq = 8
    // As loaded from Postgres: the seq of their creation is unknown.
    state.files.set({ file: 'f', path: 'f', revision: 7, created: 0, text: Text.from('now') })
    state.files.set({ file: 'g', path: 'h', revision: 8, created: 0, text: Text.from('g') })
    const commits = (after: number, upTo: number) => log.filter(({ seq }) => seq > after && seq <= upTo)
    const authority = new Authority(state, { ...NOTHING, commits }, DEFAULT_LIMITS)
    const edit = (author: Author, file: string, base: number) => {
      const changes = [{ type: 'edit', file, op: ['>'] }] as const
      return authority.submit(author, { type: 'submit', n: 1, base, changes }, 0)
    }
    expect(edit(ANNA, 'f', 5)).toMatchObject({ type: 'reject', code: 'no_such_file' })
    expect(edit(ANNA, 'f', 6)).toMatchObject({ type: 'reject', code: 'no_such_file' })
    expect(edit(ANNA, 'g', 5)).toMatchObject({ type: 'accepted' })
    expect(edit(BEN, 'f', 7)).toMatchObject({ type: 'accepted' })
  })

  it('[S3] that is resent is not applied again: pending while in the batch, acked once in the log', () => {
    const harness = new Harness({ f: '' })
    const message = {
      type: 'submit',
      n: 1,
      base: 1,
      changes: [{ type: 'edit', file: 'f', op: ['x'] }],
    } as const
    expect(harness.authority.submit(ANNA, message, 1_000)).toMatchObject({ type: 'accepted' })
    expect(harness.authority.submit(ANNA, message, 1_000)).toEqual({ type: 'pending' })
    const { seq } = harness.seal()
    expect(harness.authority.submit(ANNA, message, 1_000)).toEqual({ type: 'ack', seq })
    expect(harness.text('f')).toBe('x')
  })

  it('[S4] with a base in the future, or before its client’s last commit, is refused', () => {
    const harness = new Harness({ f: '' })
    expect(harness.edit(ANNA, 'f', ['x'], 9)).toMatchObject({ type: 'reject', code: 'bad_base' })
    harness.edit(ANNA, 'f', ['x'])
    harness.seal()
    expect(harness.edit(ANNA, 'f', ['y'], 1)).toMatchObject({ type: 'reject', code: 'bad_base' })
  })

  it('[S2] is all or nothing: its first change is undone if the second is refused', () => {
    const harness = new Harness({ 'a.ts': 'a', 'b.ts': 'b' })
    const changes: Change[] = [
      { type: 'edit', file: 'a.ts', op: ['// '] },
      { type: 'rename', file: 'a.ts', path: 'c.ts' },
      { type: 'create', file: 'new', path: 'a.ts', text: '' },
      { type: 'remove', file: 'b.ts' },
      { type: 'edit', file: 'b.ts', op: ['gone'] },
    ]
    expect(harness.submit(ANNA, changes)).toMatchObject({ type: 'reject', code: 'no_such_file' })
    expect(harness.paths).toEqual(['a.ts', 'b.ts'])
    expect(harness.text('a.ts')).toBe('a')
    expect(harness.authority.hasBatch).toBe(false)
  })

  it('[S2] is all or nothing: if it is refused, a file that it removed and created again under that id is unchanged', () => {
    const harness = new Harness({ f: 'old text' })
    const changes: Change[] = [
      { type: 'remove', file: 'f' },
      { type: 'create', file: 'f', path: 'f', text: 'new' },
      { type: 'rename', file: 'f', path: '..' },
    ]
    expect(harness.submit(ANNA, changes)).toMatchObject({ type: 'reject', code: 'bad_path' })
    expect(harness.text('f')).toBe('old text')
    expect(harness.edit(BEN, 'f', [8, '!']).type).toBe('accepted')
  })

  it('[S2] [S5] may remove a file and create another under its id, unaffected by edits of the old file', () => {
    const harness = new Harness({ f: 'old' })
    harness.edit(BEN, 'f', ['much longer than the new one '])
    harness.seal()
    const changes: Change[] = [
      { type: 'edit', file: 'f', op: [3, '!'] },
      { type: 'remove', file: 'f' },
      { type: 'create', file: 'f', path: 'f', text: 'new' },
      { type: 'edit', file: 'f', op: [3, '!'] },
    ]
    expect(harness.submit(ANNA, changes, 1).type).toBe('accepted')
    expect(harness.text('f')).toBe('new!')
  })

  it('[S2] may swap two paths through a third', () => {
    const harness = new Harness({ one: '1', two: '2' })
    const swap: RenameChange[] = [
      { type: 'rename', file: 'one', path: 'tmp' },
      { type: 'rename', file: 'two', path: 'one' },
      { type: 'rename', file: 'tmp', path: 'two' },
    ]
    expect(harness.submit(ANNA, swap)).toMatchObject({ code: 'no_such_file' })
    const byId = swap.map((change) => (change.file === 'tmp' ? { ...change, file: 'one' } : change))
    expect(harness.submit(ANNA, byId).type).toBe('accepted')
    expect(harness.authority.state.files.atPath('two')?.file).toBe('one')
  })

  it('[S2] may edit one file twice, each op applying to the result of the previous', () => {
    const harness = new Harness({ f: 'hello' })
    harness.edit(BEN, 'f', ['>> '])
    harness.seal()
    const twice: Change[] = [
      { type: 'edit', file: 'f', op: [5, ' world'] },
      { type: 'edit', file: 'f', op: [{ d: 1 }, 'H', 10, '!'] },
    ]
    expect(harness.submit(ANNA, twice, 1).type).toBe('accepted')
    expect(harness.text('f')).toBe('>> Hello world!')
  })

  it('[S6] for a file removed since its base is refused', () => {
    const harness = new Harness({ f: 'x' })
    harness.submit(BEN, [{ type: 'remove', file: 'f' }])
    expect(harness.edit(ANNA, 'f', ['y'])).toMatchObject({ code: 'no_such_file' })
    harness.seal()
    expect(harness.edit(ANNA, 'f', ['y'], 1)).toMatchObject({ code: 'no_such_file' })
  })

  it('[S6] for a file created since its base is refused', () => {
    const harness = new Harness({ f: 'x' })
    harness.submit(BEN, [{ type: 'create', file: 'new', path: 'new', text: 'abc' }])
    harness.seal()
    expect(harness.edit(ANNA, 'new', ['y'], 1)).toMatchObject({ code: 'no_such_file' })
    expect(harness.edit(ANNA, 'new', ['y'], 2).type).toBe('accepted')
  })

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/../b',
    'a/./b',
    'a\u0000',
    'a\nb',
    'a\\b',
    '\ud83d',
    'x'.repeat(513),
    'é'.repeat(257),
  ])('[S7] [U3] to the path %j is refused', (path) => {
    const harness = new Harness({ f: '' })
    expect(harness.submit(ANNA, [{ type: 'create', file: 'n', path, text: '' }])).toMatchObject({
      code: 'bad_path',
    })
    expect(harness.submit(ANNA, [{ type: 'rename', file: 'f', path }])).toMatchObject({ code: 'bad_path' })
  })

  it.each(['src/a.ts', 'src', 'src/a.ts/b'])(
    '[S7] [U3] to %s, which conflicts with src/a.ts, is refused',
    (path) => {
      const harness = new Harness({ 'src/a.ts': '', other: '' })
      expect(harness.submit(ANNA, [{ type: 'rename', file: 'other', path }])).toMatchObject({
        code: 'path_taken',
      })
    },
  )

  it('[S7] may rename a file to its own path, or to a path that only it blocks', () => {
    const harness = new Harness({ 'a/b': '' })
    expect(harness.submit(ANNA, [{ type: 'rename', file: 'a/b', path: 'a' }]).type).toBe('accepted')
    harness.seal()
    expect(harness.submit(ANNA, [{ type: 'rename', file: 'a/b', path: 'a/b/c' }]).type).toBe('accepted')
    expect(harness.paths).toEqual(['a/b/c'])
  })

  it.each([
    ['README.MD', 'in another case'],
    ['cafe\u0301', 'in another Unicode form'],
    ['SRC', 'that is a folder in another case'],
    ['ReadMe.md/a', 'below a file in another case'],
  ])('[U3] [S7] to %j, equivalent to an existing path (%s), is refused', (path) => {
    const harness = new Harness({ 'readme.md': '', 'caf\u00e9': '', 'Src/a': '', other: '' })
    const taken = { code: 'path_taken', message: expect.stringContaining('are one path') }
    expect(harness.submit(ANNA, [{ type: 'rename', file: 'other', path }])).toMatchObject(taken)
    expect(harness.submit(ANNA, [{ type: 'create', file: 'n', path, text: '' }])).toMatchObject(taken)
  })

  it('[U3] may change only the case of a path, and of a folder file by file', () => {
    const harness = new Harness({ 'readme.md': '', 'Src/a': '', 'Src/b': '' })
    for (const [file, path] of [
      ['readme.md', 'README.md'],
      ['Src/a', 'src/a'],
      ['Src/b', 'src/B'],
    ] as const) {
      expect(harness.submit(ANNA, [{ type: 'rename', file, path }])).toMatchObject({ type: 'accepted' })
      harness.seal()
    }
    expect(harness.paths).toEqual(['README.md', 'src/B', 'src/a'])
  })

  it('[U3] leaves equivalent paths from the log alone, and their files can be edited and renamed', () => {
    const harness = new Harness({ 'readme.md': 'a', other: 'b' })
    const { files } = harness.authority.state
    // As if admitted before this rule existed.
    files.set({ ...files.get('other')!, path: 'README.md' })
    const move = (file: string, path: string) => {
      const outcome = harness.submit(ANNA, [{ type: 'rename', file, path }])
      if (outcome.type === 'accepted') harness.seal()
      return outcome.type === 'reject' ? outcome.message : outcome.type
    }
    expect(harness.edit(ANNA, 'other', ['x'])).toMatchObject({ type: 'accepted' })
    harness.seal()
    expect(move('other', 'ReadMe.md')).toContain('There is a file at readme.md already.')
    expect(move('other', 'README.md')).toBe('accepted')
    expect(move('other', 'c')).toBe('accepted')
    expect(move('readme.md', 'README.md')).toBe('accepted')
    expect(harness.paths).toEqual(['README.md', 'c'])
  })

  it('[O3] with an op that reaches past the end is refused, even if the text has grown since', () => {
    const harness = new Harness({ f: 'abc' })
    expect(harness.edit(ANNA, 'f', [4, 'x'])).toMatchObject({ code: 'op_out_of_range' })
    harness.edit(BEN, 'f', ['long text before '])
    expect(harness.edit(ANNA, 'f', [4, 'x'])).toMatchObject({ code: 'op_out_of_range' })
    expect(harness.edit(ANNA, 'f', [{ d: 9 }])).toMatchObject({ code: 'op_out_of_range' })
  })

  it('[S11] that makes a file too large is refused, but not one that shrinks a file that is too large', () => {
    const harness = new Harness({ f: 'x'.repeat(20) }, { fileBytes: 30 })
    expect(harness.edit(ANNA, 'f', ['é'.repeat(6)])).toMatchObject({ code: 'file_too_large' })
    expect(harness.edit(ANNA, 'f', ['é'.repeat(5)]).type).toBe('accepted')
  })

  it('[S11] that exceeds the number of files of a room is refused', () => {
    const harness = new Harness({ a: '', b: '' }, { files: 2 })
    expect(harness.submit(ANNA, [{ type: 'create', file: 'c', path: 'c', text: '' }])).toMatchObject({
      code: 'too_many_files',
    })
  })

  it('of a viewer is refused', () => {
    const harness = new Harness({ f: '' })
    expect(harness.edit(VERA, 'f', ['x'])).toMatchObject({ code: 'forbidden' })
  })
})

describe('a commit', () => {
  it('[C1] has all submissions since the last one, in order, transformed', () => {
    const harness = new Harness({ f: 'ab' })
    harness.edit(ANNA, 'f', [1, 'A'])
    harness.edit(BEN, 'f', [2, 'B'])
    const { seq, at, entries } = harness.seal()
    expect({ seq, at }).toEqual({ seq: 2, at: 1_000 })
    expect(entries).toEqual([
      { client: ANNA.client, n: 1, user: 'anna', changes: [{ type: 'edit', file: 'f', op: [1, 'A'] }] },
      { client: BEN.client, n: 1, user: 'ben', changes: [{ type: 'edit', file: 'f', op: [3, 'B'] }] },
    ])
  })

  it('[C1] acks an edit that became a no-op with an entry without changes', () => {
    const harness = new Harness({ f: 'ab' })
    harness.edit(ANNA, 'f', [{ d: 1 }])
    harness.edit(BEN, 'f', [{ d: 1 }])
    expect(harness.seal().entries.map(({ changes }) => changes.length)).toEqual([1, 0])
    expect(harness.text('f')).toBe('b')
  })

  it('[C4] sets the revision of the files that it changed, and of no others', () => {
    const harness = new Harness({ f: '', g: '', h: '' })
    harness.edit(ANNA, 'f', ['x'])
    harness.submit(BEN, [{ type: 'rename', file: 'g', path: 'G' }])
    harness.seal()
    const revisions = [...harness.authority.state.files.values()].map(({ file, revision }) => [
      file,
      revision,
    ])
    expect(Object.fromEntries(revisions)).toEqual({ f: 2, g: 2, h: 1 })
  })

  it('[C5] has the checksum of each text that it changed and did not remove', () => {
    const harness = new Harness({ f: 'x', g: 'y', h: 'z' })
    harness.edit(ANNA, 'f', ['🦊'])
    harness.submit(BEN, [
      { type: 'edit', file: 'g', op: ['!'] },
      { type: 'remove', file: 'g' },
      { type: 'rename', file: 'h', path: 'H' },
    ])
    expect(harness.seal().sums).toEqual({ f: checksumOf('🦊x') })
  })
})
