/**
 * The decoders: every malformed frame is refused with the right code, every valid one comes out unchanged.
 */
import { describe, expect, it } from 'vitest'
import { PresenceError, ProtocolError, SubmissionError } from '../../../core/protocol/codes.ts'
import { decodeClientMessage } from '../../../core/protocol/decode-client.ts'
import { decodeServerMessages } from '../../../core/protocol/decode-server.ts'
import type { Sender } from '../../../core/protocol/frame-limits.ts'
import { DEFAULT_LIMITS, REPORT_UNITS, SMALL_FRAME_UNITS } from '../../../core/protocol/limits.ts'

const decode = (value: unknown) =>
  decodeClientMessage(typeof value === 'string' ? value : JSON.stringify(value), DEFAULT_LIMITS)

const submit = (change: unknown) => ({ type: 'submit', n: 1, base: 0, changes: [change] })
const edit = (op: unknown) => submit({ type: 'edit', file: 'f', op })

function closeCodeOf(action: () => unknown): number {
  try {
    action()
  } catch (error) {
    if (error instanceof ProtocolError) return error.close.code
    throw error
  }
  throw new Error('the frame was accepted')
}

describe('a frame from a client', () => {
  it.each([
    ['nothing', ''],
    ['no JSON', '{"type"'],
    ['a list', []],
    ['null', null],
    ['a number', 1],
    ['no type', {}],
    ['an unknown type', { type: 'dance' }],
    ['a type of the opposite direction', { type: 'commit', seq: 1 }],
    ['deeply nested lists', '['.repeat(100_000)],
    ['hello without client', { type: 'hello', protocol: 1 }],
    ['hello with the client id of the API', { type: 'hello', protocol: 1, client: 'api' }],
    ['hello with an invalid client id', { type: 'hello', protocol: 1, client: 'no spaces please' }],
    ['hello with a number for lines', { type: 'hello', protocol: 1, client: 'client-1', lines: 1 }],
    ['hello with since but no epoch', { type: 'hello', protocol: 1, client: 'client-1', since: 3 }],
    [
      'hello with a fraction for since',
      { type: 'hello', protocol: 1, client: 'client-1', since: 0.5, epoch: 'e' },
    ],
    ['submit without changes', { type: 'submit', n: 1, base: 0, changes: [] }],
    ['submit with n 0', { type: 'submit', n: 0, base: 0, changes: [{ type: 'remove', file: 'f' }] }],
    [
      'submit with a negative base',
      { type: 'submit', n: 1, base: -1, changes: [{ type: 'remove', file: 'f' }] },
    ],
    ['a change that is not an object', submit(null)],
    ['a change of an unknown type', submit({ type: 'chmod', file: 'f' })],
    ['a change without file', submit({ type: 'remove' })],
    ['a file id that would be a prototype', submit({ type: 'remove', file: '__proto__' })],
    ['a path that is not a string', submit({ type: 'rename', file: 'f', path: 7 })],
    ['a creation without text', submit({ type: 'create', file: 'f', path: 'p' })],
    ['a text that is not a string', submit({ type: 'create', file: 'f', path: 'p', text: ['x'] })],
    ['open without file', { type: 'open' }],
    ['presence with invalid selections', { type: 'presence', seq: 0, file: 'f', selections: [[1]] }],
  ])('[T2] with %s closes the socket with 4400', (_, frame) => {
    expect(closeCodeOf(() => decode(frame))).toBe(4400)
  })

  it.each([
    ['too many selections', { selections: Array(101).fill([0, 0]) }],
    ['too many units', { selections: [], data: { x: 'x'.repeat(8_192) } }],
  ])('[P1] of presence with %s is dropped, and the socket stays', (_, extra) => {
    const frame = JSON.stringify({ type: 'presence', seq: 0, file: null, ...extra })
    expect(() => decodeClientMessage(frame, DEFAULT_LIMITS, 'editor')).toThrow(PresenceError)
  })

  it.each([
    [[1e300, 'x']],
    [[1e9 + 0.5, 'x']],
    [[-1, 'x']],
    [[0, 'x']],
    [[true, 'x']],
    [[null]],
    [[[]]],
    [['']],
    [[{ d: 0 }]],
    [[{ d: 1, i: 'y' }]],
    [[{ d: 'zz' }]],
    [[{ d: 1 }, { d: 1 }]],
    [['a', 'b']],
    [[1, 2, 'x']],
    [['x', 5]],
    [[Number.MAX_SAFE_INTEGER, 'x', 1, 'y']],
    ['x'],
    [{ 0: 'x' }],
    [null],
  ])('[O2] with the op %j closes the socket with 4400 before any OT code sees it', (op) => {
    expect(closeCodeOf(() => decode(edit(op)))).toBe(4400)
  })

  it.each(['a\u0000b', 'a\rb', '\ud83d', 'x\udc00'])(
    '[S11] [U2] with the text %j is refused as a submission, not as a frame',
    (text) => {
      for (const change of [
        { type: 'edit', file: 'f', op: [text] },
        { type: 'create', file: 'f', path: 'p', text },
      ]) {
        expect(() => decode(submit(change))).toThrow(SubmissionError)
        expect(() => decode(submit(change))).toThrow(expect.objectContaining({ n: 1, code: 'bad_text' }))
      }
    },
  )

  it('[T6] that is too large closes the socket with 4413', () => {
    const frame = JSON.stringify(edit(['x'.repeat(DEFAULT_LIMITS.frameUnits)]))
    expect(closeCodeOf(() => decode(frame))).toBe(4413)
  })

  it('[T7] nested 33 levels deep closes the socket with 4400', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    const frame = (levels: number) =>
      `{"type":"presence","seq":0,"file":null,"selections":[],"data":{"x":${nested(levels - 2)}}}`
    expect(decode(frame(32))).toMatchObject({ type: 'presence' })
    expect(closeCodeOf(() => decode(frame(33)))).toBe(4400)
  })

  it('[T7] with more lists than any message needs closes the socket with 4413', () => {
    expect(closeCodeOf(() => decode(edit(Array(100_000).fill([]))))).toBe(4413)
  })

  it('[T6] is limited by its sender before it is parsed', () => {
    const frame = (units: number) => '['.repeat(units)
    const codeOf = (units: number, sender: Sender) =>
      closeCodeOf(() => decodeClientMessage(frame(units), DEFAULT_LIMITS, sender))
    const { frameUnits, helloUnits } = DEFAULT_LIMITS
    expect([codeOf(helloUnits, 'stranger'), codeOf(helloUnits + 1, 'stranger')]).toEqual([4400, 4413])
    expect([codeOf(SMALL_FRAME_UNITS, 'viewer'), codeOf(SMALL_FRAME_UNITS + 1, 'viewer')]).toEqual([
      4400, 4413,
    ])
    expect([codeOf(frameUnits, 'editor'), codeOf(frameUnits + 1, 'editor')]).toEqual([4400, 4413])
  })

  it('[T6] that is not a submission must be small, whoever sends it', () => {
    const pad = 'x'.repeat(SMALL_FRAME_UNITS)
    for (const type of ['hello', 'open', 'blob', 'auth', 'dance'])
      expect(
        closeCodeOf(() => decode({ type, pad })),
        type,
      ).toBe(4413)
    expect(decode({ ...submit({ type: 'remove', file: 'f' }), pad })).toMatchObject({ type: 'submit' })
  })

  it('[S11] with too many changes is refused as a submission', () => {
    const changes = Array.from({ length: 1_001 }, (_, i) => ({ type: 'remove', file: `f${i}` }))
    expect(() => decode({ type: 'submit', n: 4, base: 0, changes })).toThrow(
      expect.objectContaining({ n: 4, code: 'too_many_changes' }),
    )
  })

  it('that follows the protocol is decoded unchanged, without unknown fields', () => {
    const frames = [
      { type: 'hello', protocol: 1, client: 'client-1' },
      { type: 'hello', protocol: 1, client: 'client-1', lines: true },
      { type: 'hello', protocol: 1, client: 'client-1', since: 7, epoch: 'e-1' },
      edit([1, 'x', { d: 2 }]),
      submit({ type: 'create', file: 'f', path: 'src/ä.ts', text: 'x\n' }),
      submit({ type: 'rename', file: 'f', path: 'g' }),
      { type: 'open', file: 'f' },
      { type: 'blob', blob: '7-0' },
      { type: 'presence', seq: 3, file: 'f', selections: [[1, 2]], data: { mood: 'good' } },
      { type: 'desync', file: 'f', seq: 7, good: 6, sum: 1, points: 2 },
      { ...report, before: 'a', text: 'xa', ops: [['x'], [{ d: 1 }]] },
    ]
    for (const frame of frames) expect(decode({ ...frame, extra: 1 })).toEqual(frame)
  })
})

const report = { type: 'desync', file: 'f', seq: 7, good: 6, sum: 1, points: 2 }

describe('[D2] a desync report', () => {
  it.each([
    ['no file', { file: undefined }],
    ['an invalid seq', { seq: -1 }],
    ['no last good seq', { good: undefined }],
    ['a checksum that is a string', { sum: 'one' }],
    ['no points', { points: null }],
    ['a text that is not a string', { text: 7 }],
    ['a text with NUL', { text: 'a\u0000' }],
    ['half a character', { before: '\ud83d' }],
    ['ops that are not a list', { ops: 'x' }],
    ['an invalid op', { ops: [[1]] }],
    ['an op on which the library never returns', { ops: [[1e300, 'x']] }],
  ])('with %s closes the socket with 4400', (_, over) => {
    expect(closeCodeOf(() => decode({ ...report, ...over }))).toBe(4400)
  })

  it.each(['before', 'text', 'ops'])('whose %s is nested too deeply closes the socket with 4400', (name) => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const frame = JSON.stringify({ ...report, [name]: 0 }).replace(`"${name}":0`, `"${name}":${deep}`)
    expect(JSON.parse(frame)).toHaveProperty(name)
    expect(closeCodeOf(() => decode(frame))).toBe(4400)
  })

  it.each(['before', 'text', 'ops'])('whose %s is too large closes the socket with 4413', (name) => {
    const fits = (units: number) => (name === 'ops' ? [['x'.repeat(units - 6)]] : 'x'.repeat(units - 2))
    expect(closeCodeOf(() => decode({ ...report, [name]: fits(REPORT_UNITS + 1) }))).toBe(4413)
    expect(decode({ ...report, [name]: fits(REPORT_UNITS) })).toMatchObject(report)
  })
})

describe('a frame from the room', () => {
  it.each(['', 'pong', '[]', '{}', '{"type":"hello"}'])('that is %j is not a message', (frame) => {
    expect(() => decodeServerMessages(frame)).toThrow('the room sent')
  })

  it('[T8] may have several messages, one per line', () => {
    const [presence, commit] = [
      { type: 'presence', seq: 1, peers: [], left: [] },
      { type: 'commit', seq: 2, at: 3, entries: [], sums: {} },
    ]
    const frame = `${JSON.stringify(presence)}\n${JSON.stringify(commit)}`
    expect(decodeServerMessages(frame)).toEqual([presence, commit])
    expect(() => decodeServerMessages(`${frame}\n`)).toThrow('the room sent')
  })
})
