import { describe, expect, it } from 'vitest'
import { type Author, Authority } from '../../../core/authority/authority.ts'
import { emptyRoom } from '../../../core/model/state.ts'
import { DEFAULT_LIMITS } from '../../../core/protocol/limits.ts'
import type { Change, Commit, RenameChange } from '../../../core/protocol/messages.ts'
import { checksumOf } from '../../../core/text/index.ts'
import { Text } from '../../../core/text/text.ts'
import { ANNA, BEN, Desk, NOTHING, VERA } from './support.ts'

describe('a submission', () => {
  it('[O4] of text at the same place as committed text goes to the right of it', () => {
    const desk = new Desk({ f: 'ab' })
    desk.edit(ANNA, 'f', [1, 'A'])
    desk.edit(BEN, 'f', [1, 'B'])
    desk.seal()
    expect(desk.text('f')).toBe('aABb')
  })

  it('[S5] is transformed over everything committed after its base', () => {
    const desk = new Desk({ f: 'hello' })
    for (const word of ['1', '2', '3']) {
      desk.edit(ANNA, 'f', [word])
      desk.seal()
    }
    expect(desk.edit(BEN, 'f', [5, '!'], 1).type).toBe('accepted')
    desk.seal()
    expect(desk.text('f')).toBe('321hello!')
  })

  it('[S5] whose past is gone is answered with resync', () => {
    const desk = new Desk({ f: 'x' })
    for (let i = 0; i < 3_000; i++) {
      desk.edit(ANNA, 'f', ['a'])
      desk.seal()
    }
    expect(desk.edit(BEN, 'f', ['b'], 1).type).toBe('resync')
    expect(desk.text('f')?.includes('b')).toBe(false)
  })

  it('[S6] of a file that came back after its base is refused, also in a room that came back itself', () => {
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
    // As Postgres gives them back: when they were created is not known.
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

  it('[S3] that comes again is not applied again: pending in the batch, acked once it is in the log', () => {
    const desk = new Desk({ f: '' })
    const message = {
      type: 'submit',
      n: 1,
      base: 1,
      changes: [{ type: 'edit', file: 'f', op: ['x'] }],
    } as const
    expect(desk.authority.submit(ANNA, message, 1_000)).toMatchObject({ type: 'accepted' })
    expect(desk.authority.submit(ANNA, message, 1_000)).toEqual({ type: 'pending' })
    const { seq } = desk.seal()
    expect(desk.authority.submit(ANNA, message, 1_000)).toEqual({ type: 'ack', seq })
    expect(desk.text('f')).toBe('x')
  })

  it('[S4] with a base from the future, or before its own last commit, is refused', () => {
    const desk = new Desk({ f: '' })
    expect(desk.edit(ANNA, 'f', ['x'], 9)).toMatchObject({ type: 'reject', code: 'bad_base' })
    desk.edit(ANNA, 'f', ['x'])
    desk.seal()
    expect(desk.edit(ANNA, 'f', ['y'], 1)).toMatchObject({ type: 'reject', code: 'bad_base' })
  })

  it('[S2] is all or nothing: the first change is undone when the second is refused', () => {
    const desk = new Desk({ 'a.ts': 'a', 'b.ts': 'b' })
    const changes: Change[] = [
      { type: 'edit', file: 'a.ts', op: ['// '] },
      { type: 'rename', file: 'a.ts', path: 'c.ts' },
      { type: 'create', file: 'new', path: 'a.ts', text: '' },
      { type: 'remove', file: 'b.ts' },
      { type: 'edit', file: 'b.ts', op: ['gone'] },
    ]
    expect(desk.submit(ANNA, changes)).toMatchObject({ type: 'reject', code: 'no_such_file' })
    expect(desk.paths).toEqual(['a.ts', 'b.ts'])
    expect(desk.text('a.ts')).toBe('a')
    expect(desk.authority.hasBatch).toBe(false)
  })

  it('[S2] is all or nothing: a file that it took away, to make another one of that id, is there still when it is refused', () => {
    const desk = new Desk({ f: 'old text' })
    const changes: Change[] = [
      { type: 'remove', file: 'f' },
      { type: 'create', file: 'f', path: 'f', text: 'new' },
      { type: 'rename', file: 'f', path: '..' },
    ]
    expect(desk.submit(ANNA, changes)).toMatchObject({ type: 'reject', code: 'bad_path' })
    expect(desk.text('f')).toBe('old text')
    expect(desk.edit(BEN, 'f', [8, '!']).type).toBe('accepted')
  })

  it('[S2] [S5] may make a file of an id that it took away: what was committed to the old one is nothing to the new one', () => {
    const desk = new Desk({ f: 'old' })
    desk.edit(BEN, 'f', ['much longer than the new one '])
    desk.seal()
    const changes: Change[] = [
      { type: 'edit', file: 'f', op: [3, '!'] },
      { type: 'remove', file: 'f' },
      { type: 'create', file: 'f', path: 'f', text: 'new' },
      { type: 'edit', file: 'f', op: [3, '!'] },
    ]
    expect(desk.submit(ANNA, changes, 1).type).toBe('accepted')
    expect(desk.text('f')).toBe('new!')
  })

  it('[S2] may swap two paths on the way through a third', () => {
    const desk = new Desk({ one: '1', two: '2' })
    const swap: RenameChange[] = [
      { type: 'rename', file: 'one', path: 'tmp' },
      { type: 'rename', file: 'two', path: 'one' },
      { type: 'rename', file: 'tmp', path: 'two' },
    ]
    expect(desk.submit(ANNA, swap)).toMatchObject({ code: 'no_such_file' })
    const byId = swap.map((change) => (change.file === 'tmp' ? { ...change, file: 'one' } : change))
    expect(desk.submit(ANNA, byId).type).toBe('accepted')
    expect(desk.authority.state.files.atPath('two')?.file).toBe('one')
  })

  it('[S2] may edit one file twice, each op applying to the text that the one before left', () => {
    const desk = new Desk({ f: 'hello' })
    desk.edit(BEN, 'f', ['>> '])
    desk.seal()
    const twice: Change[] = [
      { type: 'edit', file: 'f', op: [5, ' world'] },
      { type: 'edit', file: 'f', op: [{ d: 1 }, 'H', 10, '!'] },
    ]
    expect(desk.submit(ANNA, twice, 1).type).toBe('accepted')
    expect(desk.text('f')).toBe('>> Hello world!')
  })

  it('[S6] for a file that was removed meanwhile is refused', () => {
    const desk = new Desk({ f: 'x' })
    desk.submit(BEN, [{ type: 'remove', file: 'f' }])
    expect(desk.edit(ANNA, 'f', ['y'])).toMatchObject({ code: 'no_such_file' })
    desk.seal()
    expect(desk.edit(ANNA, 'f', ['y'], 1)).toMatchObject({ code: 'no_such_file' })
  })

  it('[S6] for a file that the client cannot know of yet is refused', () => {
    const desk = new Desk({ f: 'x' })
    desk.submit(BEN, [{ type: 'create', file: 'new', path: 'new', text: 'abc' }])
    desk.seal()
    expect(desk.edit(ANNA, 'new', ['y'], 1)).toMatchObject({ code: 'no_such_file' })
    expect(desk.edit(ANNA, 'new', ['y'], 2).type).toBe('accepted')
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
    const desk = new Desk({ f: '' })
    expect(desk.submit(ANNA, [{ type: 'create', file: 'n', path, text: '' }])).toMatchObject({
      code: 'bad_path',
    })
    expect(desk.submit(ANNA, [{ type: 'rename', file: 'f', path }])).toMatchObject({ code: 'bad_path' })
  })

  it.each(['src/a.ts', 'src', 'src/a.ts/b'])(
    '[S7] [U3] to %s, which cannot lie beside src/a.ts, is refused',
    (path) => {
      const desk = new Desk({ 'src/a.ts': '', other: '' })
      expect(desk.submit(ANNA, [{ type: 'rename', file: 'other', path }])).toMatchObject({
        code: 'path_taken',
      })
    },
  )

  it('[S7] may rename a file out of its own way, and to its own path', () => {
    const desk = new Desk({ 'a/b': '' })
    expect(desk.submit(ANNA, [{ type: 'rename', file: 'a/b', path: 'a' }]).type).toBe('accepted')
    desk.seal()
    expect(desk.submit(ANNA, [{ type: 'rename', file: 'a/b', path: 'a/b/c' }]).type).toBe('accepted')
    expect(desk.paths).toEqual(['a/b/c'])
  })

  it.each([
    ['README.MD', 'in another case'],
    ['cafe\u0301', 'in another Unicode form'],
    ['SRC', 'that is a folder in another case'],
    ['ReadMe.md/a', 'below a file in another case'],
  ])('[U3] [S7] to %j, one path with another that is there (%s), is refused', (path) => {
    const desk = new Desk({ 'readme.md': '', 'caf\u00e9': '', 'Src/a': '', other: '' })
    const taken = { code: 'path_taken', message: expect.stringContaining('are one path') }
    expect(desk.submit(ANNA, [{ type: 'rename', file: 'other', path }])).toMatchObject(taken)
    expect(desk.submit(ANNA, [{ type: 'create', file: 'n', path, text: '' }])).toMatchObject(taken)
  })

  it('[U3] may change the case of a path alone, and of a folder file by file', () => {
    const desk = new Desk({ 'readme.md': '', 'Src/a': '', 'Src/b': '' })
    for (const [file, path] of [
      ['readme.md', 'README.md'],
      ['Src/a', 'src/a'],
      ['Src/b', 'src/B'],
    ] as const) {
      expect(desk.submit(ANNA, [{ type: 'rename', file, path }])).toMatchObject({ type: 'accepted' })
      desk.seal()
    }
    expect(desk.paths).toEqual(['README.md', 'src/B', 'src/a'])
  })

  it('[U3] leaves paths that are one and that the log has, and each may move and change', () => {
    const desk = new Desk({ 'readme.md': 'a', other: 'b' })
    const { files } = desk.authority.state
    // As it was admitted before there was this rule.
    files.set({ ...files.get('other')!, path: 'README.md' })
    const move = (file: string, path: string) => {
      const outcome = desk.submit(ANNA, [{ type: 'rename', file, path }])
      if (outcome.type === 'accepted') desk.seal()
      return outcome.type === 'reject' ? outcome.message : outcome.type
    }
    expect(desk.edit(ANNA, 'other', ['x'])).toMatchObject({ type: 'accepted' })
    desk.seal()
    expect(move('other', 'ReadMe.md')).toContain('There is a file at readme.md already.')
    expect(move('other', 'README.md')).toBe('accepted')
    expect(move('other', 'c')).toBe('accepted')
    expect(move('readme.md', 'README.md')).toBe('accepted')
    expect(desk.paths).toEqual(['README.md', 'c'])
  })

  it('[O3] with an op that reaches past the end is refused, also where the text grew meanwhile', () => {
    const desk = new Desk({ f: 'abc' })
    expect(desk.edit(ANNA, 'f', [4, 'x'])).toMatchObject({ code: 'op_out_of_range' })
    desk.edit(BEN, 'f', ['long text before '])
    expect(desk.edit(ANNA, 'f', [4, 'x'])).toMatchObject({ code: 'op_out_of_range' })
    expect(desk.edit(ANNA, 'f', [{ d: 9 }])).toMatchObject({ code: 'op_out_of_range' })
  })

  it('[S11] that makes a file too large is refused; one that shrinks a file that is too large is not', () => {
    const desk = new Desk({ f: 'x'.repeat(20) }, { fileBytes: 30 })
    expect(desk.edit(ANNA, 'f', ['é'.repeat(6)])).toMatchObject({ code: 'file_too_large' })
    expect(desk.edit(ANNA, 'f', ['é'.repeat(5)]).type).toBe('accepted')
  })

  it('[S11] of one file more than a room may have is refused', () => {
    const desk = new Desk({ a: '', b: '' }, { files: 2 })
    expect(desk.submit(ANNA, [{ type: 'create', file: 'c', path: 'c', text: '' }])).toMatchObject({
      code: 'too_many_files',
    })
  })

  it('of somebody who may only look is refused', () => {
    const desk = new Desk({ f: '' })
    expect(desk.edit(VERA, 'f', ['x'])).toMatchObject({ code: 'forbidden' })
  })
})

describe('a commit', () => {
  it('[C1] holds what was submitted since the last, in order, as transformed', () => {
    const desk = new Desk({ f: 'ab' })
    desk.edit(ANNA, 'f', [1, 'A'])
    desk.edit(BEN, 'f', [2, 'B'])
    const { seq, at, entries } = desk.seal()
    expect({ seq, at }).toEqual({ seq: 2, at: 1_000 })
    expect(entries).toEqual([
      { client: ANNA.client, n: 1, user: 'anna', changes: [{ type: 'edit', file: 'f', op: [1, 'A'] }] },
      { client: BEN.client, n: 1, user: 'ben', changes: [{ type: 'edit', file: 'f', op: [3, 'B'] }] },
    ])
  })

  it('[C1] acks an edit that came to nothing with an entry without changes', () => {
    const desk = new Desk({ f: 'ab' })
    desk.edit(ANNA, 'f', [{ d: 1 }])
    desk.edit(BEN, 'f', [{ d: 1 }])
    expect(desk.seal().entries.map(({ changes }) => changes.length)).toEqual([1, 0])
    expect(desk.text('f')).toBe('b')
  })

  it('[C4] is the revision of the files it changed, and of no other', () => {
    const desk = new Desk({ f: '', g: '', h: '' })
    desk.edit(ANNA, 'f', ['x'])
    desk.submit(BEN, [{ type: 'rename', file: 'g', path: 'G' }])
    desk.seal()
    const revisions = [...desk.authority.state.files.values()].map(({ file, revision }) => [file, revision])
    expect(Object.fromEntries(revisions)).toEqual({ f: 2, g: 2, h: 1 })
  })

  it('[C5] carries the checksum of each text it changed and left in place', () => {
    const desk = new Desk({ f: 'x', g: 'y', h: 'z' })
    desk.edit(ANNA, 'f', ['🦊'])
    desk.submit(BEN, [
      { type: 'edit', file: 'g', op: ['!'] },
      { type: 'remove', file: 'g' },
      { type: 'rename', file: 'h', path: 'H' },
    ])
    expect(desk.seal().sums).toEqual({ f: checksumOf('🦊x') })
  })
})
