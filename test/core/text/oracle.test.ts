/**
 * Everything in core/text that computes what ot-text-unicode computes too, compared with the plain functions
 * of that library on random texts and ops, half of whose characters are surrogate pairs. The library is slow
 * and linear, and has been used for years: where the two differ, ours is wrong.
 */
import { type as library } from 'ot-text-unicode'
import { describe, expect, it } from 'vitest'
import {
  compose,
  composeInsert,
  composeOps,
  diff,
  editsFromOp,
  invert,
  type OpComponent,
  OpError,
  opFromEdits,
  parseOp,
  pointsDelta,
  pointsOf,
  rebase,
  rebaseOver,
  rebasePending,
  rebasePendingOver,
  Text,
  type TextOp,
  transformPoint,
} from '../../../core/text/index.ts'
import { seeded } from '../../support/seeded.ts'

interface Plain {
  apply(text: string, op: TextOp): string
  transform(op: TextOp, over: TextOp, side: 'left' | 'right'): TextOp
  compose(a: TextOp, b: TextOp): TextOp
  normalize(op: TextOp): TextOp
  checkOp(op: TextOp): void
}
const plain = library as unknown as Plain

const test = seeded()
const { note } = test

/** Half of the characters are surrogate pairs, so that points and units differ everywhere. */
function textOf(points: number): string {
  let text = ''
  for (let i = 0; i < points; i++) {
    text += test.random.chance(0.5)
      ? String.fromCodePoint(0x1f600 + test.random.int(64))
      : test.random.point()
  }
  return text
}

function opOn(points: number): TextOp {
  const op = test.random.op(points, 6)
  return op.map((component) => (typeof component === 'string' ? textOf(pointsOf(component)) : component))
}

/** A single insert, the op of a key: what the fast paths are for. */
function insertOn(points: number): TextOp {
  const at = test.random.int(points + 1)
  const insert = textOf(1 + test.random.int(3))
  return at === 0 ? [insert] : [at, insert]
}

function anyOn(points: number): TextOp {
  return test.random.chance(0.5) ? insertOn(points) : opOn(points)
}

/** Consecutive ops on a text of this many points. */
function chainOn(points: number, count: number): TextOp[] {
  const ops: TextOp[] = []
  let size = points
  for (let i = 0; i < count; i++) {
    const op = anyOn(size)
    ops.push(op)
    size += pointsDelta(op)
  }
  return ops
}

describe('applying an op', () => {
  it('to a tree gives the same text, however large it is and however it was made', () => {
    for (let round = 0; round < 40; round++) {
      let expected = textOf(test.random.pick([0, 3, 40, 3_000]))
      let text = Text.from(expected)
      for (let i = 0; i < 30; i++) {
        const op: TextOp = test.random.chance(0.05) ? [textOf(1_500)] : anyOn(text.points)
        text = text.apply(op)
        expected = plain.apply(expected, op)
        expect(text.toString() === expected, note).toBe(true)
      }
    }
  })

  it('and then its inverse gives the text before', () => {
    for (let i = 0; i < 1_000; i++) {
      const before = textOf(test.random.int(30))
      const op = anyOn(pointsOf(before))
      expect(plain.apply(plain.apply(before, op), invert(op, Text.from(before))), note).toBe(before)
    }
  })
})

describe('editor edits and differences', () => {
  it('give the same text as the op they come from', () => {
    for (let i = 0; i < 1_500; i++) {
      const before = textOf(test.random.int(30))
      const text = Text.from(before)
      const op = anyOn(text.points)
      const after = plain.apply(before, op)
      expect(plain.apply(before, opFromEdits(text, editsFromOp(text, op))), note).toBe(after)
      expect(plain.apply(before, diff(text, Text.from(after))), note).toBe(after)
    }
  })
})

describe('parsing', () => {
  it('accepts only what is already in normal form', () => {
    let accepted = 0
    for (let i = 0; i < 1_500; i++) {
      const op = [...anyOn(15), ...(test.random.chance(0.5) ? anyOn(15) : [])]
      const parsed = (() => {
        try {
          return parseOp(op)
        } catch (error) {
          if (error instanceof OpError) return null
          throw error
        }
      })()
      if (parsed !== null) {
        accepted++
        expect(parsed, note).toEqual(op)
        plain.checkOp(parsed)
      }
      expect(parsed !== null, note).toBe(JSON.stringify(plain.normalize(op)) === JSON.stringify(op))
    }
    expect(accepted).toBeGreaterThan(500)
  })
})

describe('transforming', () => {
  it('over one op is the same on either side', () => {
    for (let i = 0; i < 2_000; i++) {
      const points = test.random.int(15)
      const [committed, pending] = [anyOn(points), anyOn(points)]
      const after = plain.transform(pending, committed, 'right')
      expect(rebasePending(pending, committed), note).toEqual(after)
      expect(rebase(committed, pending), note).toEqual({
        committed: plain.transform(committed, pending, 'left'),
        pending: after,
      })
    }
  })

  it('over many ops is the same as over one after another', () => {
    for (let i = 0; i < 1_500; i++) {
      const points = test.random.int(15)
      const committed = chainOn(points, test.random.int(8))
      let pending = anyOn(points)
      const rebased = rebaseOver(committed, pending)
      expect(rebasePendingOver(committed, pending), note).toEqual(rebased.pending)
      const after: TextOp[] = []
      for (const op of committed) {
        after.push(plain.transform(op, pending, 'left'))
        pending = plain.transform(pending, op, 'right')
      }
      expect(rebased, note).toEqual({ committed: after, pending })
    }
  })

  it('a position moves it to where an insert at this position goes', () => {
    for (let i = 0; i < 1_500; i++) {
      const points = test.random.int(15)
      const op = anyOn(points)
      const at = test.random.int(points + 1)
      for (const side of ['left', 'right'] as const) {
        const insert = plain.transform(at === 0 ? ['|'] : [at, '|'], op, side)
        const expected = typeof insert[0] === 'number' ? insert[0] : 0
        expect(transformPoint(at, op, side), note).toBe(expected)
      }
    }
  })
})

describe('composing', () => {
  it('two ops is the same', () => {
    for (let i = 0; i < 2_000; i++) {
      const points = test.random.int(15)
      const a = anyOn(points)
      const b = anyOn(points + pointsDelta(a))
      expect(compose(a, b), note).toEqual(plain.compose(a, b))
    }
  })

  it('with an insert that is cut into chunks is the same', () => {
    for (let i = 0; i < 60; i++) {
      const points = test.random.int(15)
      const a = plain.compose(opOn(points), [textOf(900)])
      const b = chainOn(points + pointsDelta(a), 8).reduce(plain.compose)
      expect(compose(a, b), note).toEqual(plain.compose(a, b))
    }
  })

  it('many ops is the same as one after another', () => {
    for (let i = 0; i < 800; i++) {
      const points = test.random.int(15)
      const ops = chainOn(points, test.random.int(test.random.chance(0.2) ? 60 : 8))
      expect(composeOps(ops), note).toEqual(ops.reduce(plain.compose, []))
    }
  })

  it('an insert in place is the same', () => {
    for (let i = 0; i < 2_000; i++) {
      const points = test.random.int(15)
      const op = anyOn(points)
      const insert = insertOn(points + pointsDelta(op))
      const composed: OpComponent[] = [...op]
      expect(composeInsert(composed, insert), note).toBe(true)
      expect(composed, note).toEqual(plain.compose(op, insert))
    }
  })
})
