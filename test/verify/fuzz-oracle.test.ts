/** Tests of the fuzz oracle: what it allows and what it does not, in constructed rooms. */
import { describe, expect, it } from 'vitest'
import { type Matching, match } from '../../verify/fuzz/exchange.ts'
import { answersTo, readFrame } from '../../verify/fuzz/oracle/oracle.ts'
import { applied, pointsAt, RoomModel } from '../../verify/fuzz/oracle/room-model.ts'
import { LIMITS } from '../../verify/fuzz/settings.ts'
import { UNRULED } from '../support/person.ts'

const ANNA = 'client-anna'

/**
 * A room at seq 10 with the files `f` (`a.txt`, 5 points) and `g` (`src/b.txt`, 4 points), both created in
 * commit 9.
 */
function room(): RoomModel {
  const model = new RoomModel()
  model.welcome({
    type: 'welcome',
    protocol: 1,
    room: 'r',
    epoch: 'e',
    seq: 8,
    session: 's',
    user: 'somebody',
    name: 'Somebody',
    ...UNRULED,
    n: 0,
    resumed: false,
    files: [],
    peers: [],
  })
  commit(model, 9, 'client-setup', 1, [
    { type: 'create', file: 'f', path: 'a.txt', text: 'hello' },
    { type: 'create', file: 'g', path: 'src/b.txt', text: '😀abc' },
  ])
  commit(model, 10, ANNA, 5, [{ type: 'edit', file: 'g', op: [4, '!'] }])
  return model
}

function commit(model: RoomModel, seq: number, client: string, n: number, changes: readonly object[]): void {
  const user = client.replace('client-', '')
  const body = { type: 'commit', seq, at: 0, entries: [{ client, n, user, changes }], sums: {} }
  model.commit(seq, JSON.stringify(body))
}

function answers(
  frame: unknown,
  where: { model?: RoomModel; client?: string | null; from?: number; isAway?: boolean } = {},
): string[] {
  const { model = room(), client = ANNA, isAway = false } = where
  const text = typeof frame === 'string' ? frame : JSON.stringify(frame)
  const owners = new Map([['client-of-ben', 'ben']])
  const states = model.since(where.from ?? model.now.number)
  return [
    ...answersTo(readFrame(text), { model, states, limits: LIMITS, client, user: 'anna', owners, isAway }),
  ].sort()
}

const submit = (...changes: object[]) => ({ type: 'submit', n: 6, base: 10, changes })
const edit = (op: unknown, file = 'f') => ({ type: 'edit', file, op })
const revive = (file: string, seq: number) => ({ type: 'revive', file, seq })
const create = (path: string, more: object = {}) => ({ type: 'create', file: 'new', path, text: '', ...more })

describe('a frame', () => {
  it.each([
    ['[T3]', 'ping', 'pong'],
    ['[T2]', '', 'close 4400'],
    ['[T2]', '[]', 'close 4400'],
    ['[T2]', '{"type":"submit"', 'close 4400'],
    ['[T2]', { type: 'dance' }, 'close 4400'],
    ['[T6]', 'x'.repeat(LIMITS.frameUnits + 1), 'close 4413'],
    ['[H1]', { type: 'hello', protocol: 1, client: ANNA }, 'close 4400'],
    ['[X1]', { type: 'open', file: 'f' }, 'text'],
    ['[X1]', { type: 'open', file: 'none' }, 'error no_such_file'],
    ['[U4]', { type: 'open', file: '-f' }, 'close 4400'],
    ['[U4]', { type: 'open', file: 'f\n' }, 'close 4400'],
    ['[C6]', { type: 'blob', blob: '9-0' }, 'error no_such_blob'],
    ['[P1]', { type: 'presence', seq: 1, file: 'f', selections: [[0, 1]] }, 'silence'],
    ['[P1]', { type: 'presence', seq: 1, file: 'f', selections: [[0]] }, 'close 4400'],
    ['[P1]', { type: 'presence', seq: 1, file: null, selections: [], data: 'x' }, 'close 4400'],
    [
      '[P1]',
      { type: 'presence', seq: 1, file: null, selections: [], data: { x: 'y'.repeat(9_000) } },
      'error presence_too_large',
    ],
  ])('%s %j has the answer %s', (_, frame, answer) => {
    expect(answers(frame)).toEqual([answer])
  })
})

describe('a first frame', () => {
  const first = (frame: unknown) => answers(frame, { client: null })
  const hello = { type: 'hello', protocol: 1, client: 'client-new' }

  it.each([
    ['[H7]', hello, 'welcome'],
    ['[H6]', { ...hello, since: 3, epoch: 'e' }, 'welcome'],
    ['[H3]', { ...hello, protocol: 2 }, 'close 4426'],
    ['[H4]', { ...hello, client: 'client-of-ben' }, 'close 4423'],
    ['[H4]', { ...hello, client: 'client-setup' }, 'close 4423'],
    ['[U4]', { ...hello, client: 'short' }, 'close 4400'],
    ['[H6]', { ...hello, since: 3 }, 'close 4400'],
    ['[H1]', { type: 'open', file: 'f' }, 'close 4400'],
    ['[H1]', submit(edit(['\0'])), 'close 4400'],
    ['[T6]', JSON.stringify({ ...hello, x: 'y'.repeat(LIMITS.helloUnits) }), 'close 4413'],
  ])('%s %j has the answer %s', (_, frame, answer) => {
    expect(first(frame)).toEqual([answer])
  })
})

describe('a submission', () => {
  it.each([
    ['[O1]', submit(edit([5, '!'])), 'commit'],
    ['[O2]', submit(edit([])), 'commit'],
    ['[O2]', submit(edit([1])), 'close 4400'],
    ['[O2]', submit(edit(['a', 'b'])), 'close 4400'],
    ['[O2]', submit(edit([{ d: 1, x: 1 }])), 'close 4400'],
    ['[O2]', submit(edit([2 ** 53, 'x'])), 'close 4400'],
    ['[O3]', submit(edit([6, '!'])), 'reject op_out_of_range'],
    ['[O3]', submit(edit([{ d: 6 }])), 'reject op_out_of_range'],
    ['[U2]', submit(edit(['\r'])), 'reject bad_text'],
    ['[U2]', submit(create('x', { text: '\ud800' })), 'reject bad_text'],
    ['[S2]', submit(create('x', { text: undefined })), 'close 4400'],
    ['[S2]', submit(), 'close 4400'],
    ['[S2]', submit(edit([5, '!']), edit([6, '?'])), 'commit'],
    ['[S2]', submit({ type: 'remove', file: 'f' }, create('a.txt', { file: 'f' })), 'commit'],
    ['[S3]', { ...submit(edit(['x'])), n: 5 }, 'ack'],
    ['[S4]', { ...submit(edit(['x'])), base: 9 }, 'reject bad_base'],
    ['[S4]', { ...submit(edit(['x'])), base: 11 }, 'reject bad_base'],
    ['[S6]', submit(edit(['x'], 'none')), 'reject no_such_file'],
    ['[S7]', submit(create('..')), 'reject bad_path'],
    ['[S7]', submit(create('é'.repeat(257))), 'reject bad_path'],
    ['[S7]', submit(create('a.txt')), 'reject path_taken'],
    ['[S7]', submit(create('a.txt/x')), 'reject path_taken'],
    ['[U3]', submit(create(`${'d/'.repeat(32)}d`)), 'reject bad_path'],
    ['[U3]', submit(create('A.TXT')), 'reject path_taken'],
    ['[U3]', submit(create('A.txt/x')), 'reject path_taken'],
    ['[U3]', submit(create('SRC')), 'reject path_taken'],
    ['[U3]', submit(create('SRC/c')), 'commit'],
    ['[U3]', submit(create('caf\u00e9'), create('CAFE\u0301', { file: 'newer' })), 'reject path_taken'],
    ['[U3]', submit({ type: 'rename', file: 'f', path: 'A.txt' }), 'commit'],
    ['[U3]', submit(create('cod\u202etxt.exe')), 'reject bad_path'],
    ['[U3]', submit(create('a\u200b')), 'reject bad_path'],
    ['[U3]', submit(create('READ\u200dME')), 'reject bad_path'],
    ['[U3]', submit(create('\u2003')), 'reject bad_path'],
    ['[U3]', submit(create('👩\u200d💻1\ufe0f\u20e3')), 'commit'],
    ['[S7]', submit(create('src')), 'reject path_taken'],
    ['[S7]', submit({ type: 'rename', file: 'g', path: 'src' }), 'commit'],
    ['[S7]', submit(create('x', { file: 'f' })), 'reject file_exists'],
    ['[S13]', submit(revive('f', 10)), 'reject file_exists'],
    ['[S13]', submit(revive('x', 10)), 'reject no_such_removal'],
    ['[S13]', submit(revive('x', 0)), 'reject no_such_removal'],
    ['[S13]', submit(revive('x', 11)), 'reject no_such_removal'],
    ['[S13]', submit(revive('x', -1)), 'close 4400'],
    ['[S13]', submit(...[1, 2, 3, 4, 5].map((seq) => revive('x', seq))), 'reject too_many_changes'],
    ['[S11]', submit(create('x', { text: 'x'.repeat(LIMITS.fileBytes + 1) })), 'reject file_too_large'],
    ['[S11]', submit(edit(['é'.repeat(LIMITS.fileBytes / 2)])), 'reject file_too_large'],
    ['[S11]', submit(...Array(1_001).fill(edit([]))), 'reject too_many_changes'],
    [
      '[S11]',
      submit(...Array.from({ length: LIMITS.files }, (_, i) => create(`p${i}`, { file: `n${i}` }))),
      'reject too_many_files',
    ],
    ['[R9]', submit({ type: 'chat', text: 'one' }), 'commit'],
    ['[R9]', submit({ type: 'chat', text: 'x'.repeat(4_001) }), 'reject chat_too_long'],
    [
      '[S11]',
      submit({ type: 'chat', text: 'one' }, { type: 'chat', text: 'two' }),
      'reject too_many_changes',
    ],
  ])('%s %j has the answer %s', (_, frame, answer) => {
    expect(answers(frame)).toEqual([answer])
  })

  it('[S6] is refused if its client cannot know the file yet', () => {
    const frame = { ...submit(edit([])), n: 1, base: 8 }
    expect(answers(frame, { client: 'client-new' })).toEqual(['reject no_such_file'])
  })

  it('[O3] is checked against the text at its base, whatever came after', () => {
    const model = room()
    commit(model, 11, 'client-other', 1, [{ type: 'edit', file: 'f', op: [{ d: 5 }] }])
    expect(answers(submit(edit([5, '!'])), { model })).toEqual(['commit'])
    expect(answers({ ...submit(edit([5, '!'])), base: 11 }, { model })).toEqual(['reject op_out_of_range'])
  })

  it('may be answered by any state that the room was in meanwhile', () => {
    const model = room()
    const from = model.now.number
    commit(model, 11, 'client-other', 1, [{ type: 'remove', file: 'f' }])
    expect(answers(submit(edit(['x'])), { model, from })).toEqual(['commit', 'reject no_such_file'])
    expect(answers(submit(edit(['x'])), { model })).toEqual(['reject no_such_file'])
  })

  it('[S13] restores what a commit removed, to its path or to one that is not known here', () => {
    const model = room()
    const remove = (file: string, path: string, was: string) => ({ type: 'remove', file, path, was })
    commit(model, 11, 'client-other', 1, [remove('f', 'a.txt', 'hello'), remove('g', 'src/b.txt', '😀abc!')])
    expect(answers(submit(revive('f', 11)), { model })).toEqual(['commit'])
    expect(answers(submit(revive('f', 11), edit([6, '!'])), { model })).toEqual(['reject op_out_of_range'])
    expect(answers(submit(revive('f', 11), create('a.txt')), { model })).toEqual(['reject path_taken'])
    expect(answers(submit(create('a.txt'), revive('f', 11)), { model })).toEqual([
      'commit',
      'reject path_taken',
    ])
    expect(answers(submit(revive('g', 10)), { model })).toEqual(['reject no_such_removal'])
    const early = ['commit', 'reject no_such_removal', 'reject past_gone', 'reject path_taken']
    expect(answers(submit(revive('g', 3)), { model })).toEqual(early)
    expect(answers(submit(revive('f', 11)), { model, isAway: true })).toContain('reject past_gone')
    expect(model.wrong).toEqual([])
  })

  it('[S5] may be answered with resync while the archive is unavailable', () => {
    expect(answers(submit(edit(['x'])), { isAway: true })).toEqual(['commit', 'resync', 'silence'])
  })
})

describe('the model', () => {
  it('tracks texts and their lengths by itself', () => {
    const model = room()
    const g = model.now.files.get('g')
    expect(g?.text).toBe('😀abc!')
    expect([8, 9, 10].map((seq) => (g === undefined ? null : pointsAt(g, seq)))).toEqual([null, 4, 5])
    expect(applied('a😀b', [1, { d: 1 }, 'x'])).toBe('axb')
    expect(applied('ab', [3, 'x'])).toBeNull()
  })

  it.each([
    ['[C3]', (model: RoomModel) => commit(model, 10, ANNA, 5, [])],
    ['[S3]', (model: RoomModel) => commit(model, 11, ANNA, 5, [])],
    ['[O3]', (model: RoomModel) => commit(model, 11, ANNA, 6, [edit([9, 'x'])])],
    ['[C8]', (model: RoomModel) => commit(model, 11, ANNA, 6, [{ type: 'remove', file: 'f' }])],
    [
      '[C8]',
      (model: RoomModel) =>
        commit(model, 11, ANNA, 6, [{ type: 'remove', file: 'f', path: 'a.txt', was: 'hell' }]),
    ],
    [
      '[C8]',
      (model: RoomModel) =>
        commit(model, 11, ANNA, 6, [{ type: 'remove', file: 'f', path: 'b.txt', was: 'hello' }]),
    ],
    ['[X1]', (model: RoomModel) => model.text({ type: 'text', file: 'f', seq: 10, text: 'hallo' })],
  ])('%s says when the room breaks its word', (rule, lie) => {
    const model = room()
    expect(model.wrong).toEqual([])
    lie(model)
    expect(model.wrong).toHaveLength(1)
    expect(model.wrong[0]).toContain(rule)
  })
})

describe('an answer', () => {
  const allowed = [new Set(['commit']), new Set(['text']), new Set(['close 4400'])]
  const abouts = ['n 6', 'file f', '']
  const heard = (...answers: [answer: string, about: string][]) =>
    answers.map(([answer, about]) => ({ answer, about }))
  const matched = (close: number | null, ...answers: [answer: string, about: string][]): Matching =>
    match(abouts, allowed, heard(...answers), close)

  it('is matched with the frame that it answers, and the close with the frame that caused it', () => {
    expect(matched(4400, ['text', 'file f'], ['commit', 'n 6'])).toEqual({
      answers: ['commit', 'text', 'close 4400'],
      unasked: [],
      isOrdered: true,
    })
  })

  it('is not matched if no frame asked for it', () => {
    expect(matched(null, ['reject bad_base', 'n 7'])).toEqual({
      answers: [null, null, null],
      unasked: heard(['reject bad_base', 'n 7']),
      isOrdered: true,
    })
    expect(matched(4429).answers).toEqual([null, null, null])
  })

  it('is not the commit of an earlier frame with this number, which arrives late', () => {
    const repeated = match(['n 6'], [new Set(['ack'])], heard(['commit', 'n 6'], ['ack', 'n 6']), null)
    expect(repeated.answers).toEqual(['ack'])
    expect(repeated.unasked).toEqual(heard(['commit', 'n 6']))
  })

  it('is the one that the frame may get, if several frames have its number', () => {
    const allowed = [new Set(['commit', 'ack']), new Set(['reject bad_text'])]
    const { answers } = match(
      ['n 6', 'n 6'],
      allowed,
      heard(['reject bad_text', 'n 6'], ['commit', 'n 6']),
      null,
    )
    expect(answers).toEqual(['commit', 'reject bad_text'])
  })

  it('[T4] has to arrive in the order of the frames', () => {
    const [frames, allowed] = [
      ['n 6', 'n 7'],
      [new Set<string>(), new Set<string>()],
    ]
    const ordered = (...answers: [string, string][]) =>
      match(frames, allowed, heard(...answers), null).isOrdered
    expect(ordered(['reject bad_base', 'n 7'], ['reject bad_base', 'n 6'])).toBe(false)
    expect(ordered(['reject bad_base', 'n 6'], ['reject bad_base', 'n 7'])).toBe(true)
  })

  it('[X3] may be a text that arrives when it is available', () => {
    expect(matched(null, ['text', 'file f'], ['reject bad_base', 'n 6']).isOrdered).toBe(true)
  })
})
