/** Strict parsing of ops and texts. */
import { describe, expect, it } from 'vitest'
import { basePoints, isNoop, OpError, parseOp, parseText, pointsDelta } from '../../../core/text/index.ts'
import { seeded } from '../../support/seeded.ts'

const test = seeded()

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof OpError) return error.code
    throw error
  }
  return 'accepted'
}

const sparse: unknown[] = []
sparse[1] = 'x'
const withSymbol = { d: 1, [Symbol('i')]: 1 }

const hostile: [name: string, value: unknown, code: string][] = [
  ['a skip beyond any text, on which the library never returns', [1e300, 'x'], 'bad_op'],
  ['a skip past the end', [1e9, 'x'], 'op_out_of_range'],
  ['a delete past the end, which blocks the library for seconds', [{ d: 1e9 }], 'op_out_of_range'],
  ['a delete longer than the text', [{ d: 10 }], 'op_out_of_range'],
  ['skips and deletes that reach too far together', [2, { d: 2 }], 'op_out_of_range'],
  ['a boolean', [true, 'x'], 'bad_op'],
  ['a fraction', [1.5, 'x'], 'bad_op'],
  ['a fraction to delete', [{ d: 0.5 }], 'bad_op'],
  ['a delete with another key', [{ d: 1, i: 'y' }], 'bad_op'],
  ['a delete with a symbol', [withSymbol], 'bad_op'],
  ['a delete that inherits its size', [Object.create({ d: 1 })], 'bad_op'],
  ['a delete by text', [{ d: 'zz' }], 'bad_op'],
  ['a delete without a size', [{}], 'bad_op'],
  ['null as a component', [null], 'bad_op'],
  ['undefined as a component', [undefined], 'bad_op'],
  ['a hole', sparse, 'bad_op'],
  ['an array as a component', [[1]], 'bad_op'],
  ['a bigint', [1n, 'x'], 'bad_op'],
  ['a lone high surrogate', ['\ud83d'], 'bad_text'],
  ['a lone low surrogate', ['\ude00'], 'bad_text'],
  ['surrogates in the wrong order', ['\ude00\ud83d'], 'bad_text'],
  ['a pair with half a pair before it', ['\ud83d\ud83d\ude00'], 'bad_text'],
  ['NUL', ['a\u0000b'], 'bad_text'],
  ['CR', ['a\r\nb'], 'bad_text'],
  ['adjacent deletes', [{ d: 1 }, { d: 1 }], 'bad_op'],
  ['adjacent skips', [1, 1, 'x'], 'bad_op'],
  ['adjacent inserts', ['a', 'b'], 'bad_op'],
  ['a skip at the end', ['x', 1], 'bad_op'],
  ['only a skip', [1], 'bad_op'],
  ['an empty insert', [''], 'bad_op'],
  ['a skip of zero', [0, 'x'], 'bad_op'],
  ['a skip of minus zero', [-0, 'x'], 'bad_op'],
  ['a skip backwards', [-1, 'x'], 'bad_op'],
  ['a delete of zero', [{ d: 0 }], 'bad_op'],
  ['a delete backwards', [{ d: -1 }], 'bad_op'],
  ['NaN', [Number.NaN, 'x'], 'bad_op'],
  ['infinity', [{ d: Number.POSITIVE_INFINITY }], 'bad_op'],
  ['an unsafe number', [2 ** 53, 'x'], 'bad_op'],
  ['an unsafe sum', [Number.MAX_SAFE_INTEGER, { d: 1 }], 'bad_op'],
  ['a string', 'x', 'bad_op'],
  ['nothing', undefined, 'bad_op'],
  ['an object that looks like an array', { 0: 'x', length: 1 }, 'bad_op'],
]

describe('parsing an untrusted op', () => {
  for (const [name, value, code] of hostile) {
    it(`refuses ${name}`, () => {
      expect(codeOf(() => parseOp(value, 3))).toBe(code)
    })
  }

  it('refuses unsafe numbers even if the size of the text is unknown', () => {
    expect(codeOf(() => parseOp([1e300, 'x']))).toBe('bad_op')
    expect(codeOf(() => parseOp([Number.MAX_SAFE_INTEGER, 'x']))).toBe('bad_op')
    expect(parseOp([1e9, 'x'])).toEqual([1e9, 'x'])
  })

  it('accepts ops in normal form, even at the very end of the text', () => {
    for (const op of [
      [],
      ['x'],
      [3, 'x'],
      [{ d: 3 }],
      ['a', { d: 1 }, 'b'],
      [1, { d: 1 }, 'é😀'],
      [1, 'a', 1, 'b'],
    ]) {
      expect(parseOp(op, 3)).toEqual(op)
    }
  })

  it('returns an op that shares nothing mutable with the input', () => {
    const component = { d: 1 }
    const op = parseOp([component])
    component.d = 5
    expect(op).toEqual([{ d: 1 }])
  })

  it('round-trips ops through JSON', () => {
    for (let i = 0; i < 500; i++) {
      const op = test.random.op(50)
      expect(parseOp(JSON.parse(JSON.stringify(op)), 50), test.note).toEqual(op)
    }
  })

  it('refuses texts that cannot be stored, and accepts all others', () => {
    for (const value of ['\ud83d', 'a\ude00', '\u0000', 'a\r', 'x\ud83d']) {
      expect(codeOf(() => parseText(value))).toBe('bad_text')
    }
    expect(codeOf(() => parseText(5))).toBe('bad_text')
    for (const text of ['', 'a\n\tb', 'Grüße 世界 😀', '\ufeff\ufffd\u2028'])
      expect(parseText(text)).toBe(text)
  })

  it('counts in points what an op covers and changes', () => {
    expect(basePoints([2, '😀😀', { d: 3 }, 1, 'x'])).toBe(6)
    expect(pointsDelta([2, '😀😀', { d: 3 }, 1, 'x'])).toBe(0)
    expect(pointsDelta(['世界'])).toBe(2)
    expect(isNoop([])).toBe(true)
    expect(isNoop(['x'])).toBe(false)
  })
})
