/** Conversion between editor edits and ops, and the inverse of an op. */
import { describe, expect, it } from 'vitest'
import {
  type Edit,
  EditError,
  editsFromOp,
  invert,
  OpError,
  opFromEdits,
  parseOp,
  pointsDelta,
  Text,
} from '../../../core/text/index.ts'
import { seeded } from '../../support/seeded.ts'

const test = seeded()
const { note } = test

function applyEdits(plain: string, edits: readonly Edit[]): string {
  let result = plain
  for (const { at, remove, insert } of [...edits].reverse()) {
    result = result.slice(0, at) + insert + result.slice(at + remove)
  }
  return result
}

function codeOf(text: string, edits: readonly Edit[]): string {
  try {
    opFromEdits(Text.from(text), edits)
  } catch (error) {
    if (error instanceof EditError) return error.code
    throw error
  }
  return 'accepted'
}

describe('editor edits', () => {
  it('become an op in points instead of units', () => {
    const text = Text.from('😀😀b\n')
    expect(opFromEdits(text, [{ at: 4, remove: 1, insert: 'é' }])).toEqual([2, 'é', { d: 1 }])
    expect(opFromEdits(text, [{ at: 2, remove: 2, insert: '' }])).toEqual([1, { d: 1 }])
    expect(opFromEdits(text, [])).toEqual([])
    expect(opFromEdits(text, [{ at: 1, remove: 0, insert: '' }].slice(1))).toEqual([])
  })

  it('may come in any order, and inserts at the same place keep theirs', () => {
    const edits = [
      { at: 3, remove: 1, insert: '' },
      { at: 1, remove: 0, insert: 'x' },
      { at: 1, remove: 1, insert: 'y' },
      { at: 1, remove: 0, insert: 'z' },
      { at: 2, remove: 0, insert: 'w' },
    ]
    const op = opFromEdits(Text.from('abcd'), edits)
    expect(op).toEqual([1, 'xyz', { d: 1 }, 'w', 1, { d: 1 }])
    expect(Text.from('abcd').apply(op).toString()).toBe('axyzwc')
  })

  it('that are invalid are refused with a code', () => {
    expect(codeOf('abc', [{ at: 2, remove: 2, insert: '' }])).toBe('edit_out_of_range')
    expect(codeOf('abc', [{ at: 4, remove: 0, insert: 'x' }])).toBe('edit_out_of_range')
    expect(codeOf('abc', [{ at: -1, remove: 0, insert: 'x' }])).toBe('bad_edit')
    expect(codeOf('abc', [{ at: 0.5, remove: 0, insert: 'x' }])).toBe('bad_edit')
    expect(codeOf('abc', [{ at: 0, remove: Number.NaN, insert: 'x' }])).toBe('bad_edit')
    expect(codeOf('a😀', [{ at: 2, remove: 0, insert: 'x' }])).toBe('splits_character')
    expect(codeOf('a😀', [{ at: 0, remove: 2, insert: '' }])).toBe('splits_character')
    expect(codeOf('a', [{ at: 0, remove: 0, insert: '\ud83d' }])).toBe('bad_text')
    expect(codeOf('a', [{ at: 0, remove: 0, insert: '\r\n' }])).toBe('bad_text')
    const overlapping = [
      { at: 0, remove: 2, insert: '' },
      { at: 1, remove: 0, insert: 'x' },
    ]
    expect(codeOf('abc', overlapping)).toBe('edits_overlap')
    const twice = [
      { at: 0, remove: 1, insert: '' },
      { at: 0, remove: 1, insert: '' },
    ]
    expect(codeOf('abc', twice)).toBe('edits_overlap')
  })

  it('and ops convert both ways, with the same resulting text', () => {
    for (let i = 0; i < 3000; i++) {
      const plain = test.random.text(test.random.chance(0.1) ? 2000 : 15)
      const text = Text.from(plain)
      const op = test.random.op(text.points)
      const after = text.apply(op).toString()
      const edits = editsFromOp(text, op)
      expect(applyEdits(plain, edits), note).toBe(after)
      const back = opFromEdits(text, test.random.chance(0.5) ? edits : [...edits].reverse())
      parseOp(back, text.points)
      expect(text.apply(back).toString(), note).toBe(after)
      expect(editsFromOp(text, back), note).toEqual(edits)
    }
  })

  it('cannot be made from an op that does not fit', () => {
    expect(() => editsFromOp(Text.from('ab'), [3, 'x'])).toThrow(OpError)
  })
})

describe('the inverse of an op', () => {
  it('restores the text before', () => {
    for (let i = 0; i < 2000; i++) {
      const before = Text.from(test.random.text(test.random.chance(0.1) ? 2000 : 15))
      const op = test.random.op(before.points)
      const inverse = invert(op, before)
      parseOp(inverse, before.points + pointsDelta(op))
      expect(before.apply(op).apply(inverse).equals(before), note).toBe(true)
    }
  })

  it('is refused if the op does not fit the text', () => {
    expect(() => invert([{ d: 3 }], Text.from('ab'))).toThrow(OpError)
  })
})
