/** Rebase, composition and positions, compared with ot-text-unicode. */
import { describe, expect, it } from 'vitest'
import {
  compose,
  composeInsert,
  composeOps,
  type OpComponent,
  parseOp,
  pointsDelta,
  pointsOf,
  rebase,
  rebasePending,
  type TextOp,
  transformPoint,
  untransformPoint,
} from '../../../core/text/index.ts'
import { applyPlain } from '../../support/plain-text.ts'
import { seeded } from '../../support/seeded.ts'

const test = seeded()
const { note } = test

/** Consecutive ops on a text of this many points. */
function chain(points: number, count: number): TextOp[] {
  const ops: TextOp[] = []
  let size = points
  for (let i = 0; i < count; i++) {
    const op = test.random.op(size)
    ops.push(op)
    size += pointsDelta(op)
  }
  return ops
}

describe('rebase', () => {
  it('puts committed text to the left of pending text at the same place', () => {
    expect(rebase([1, 'A'], [1, 'B'])).toEqual({ committed: [1, 'A'], pending: [2, 'B'] })
    expect(rebasePending([1, 'B'], [1, 'A'])).toEqual([2, 'B'])
  })

  it('gives the same text in both orders, with ops in normal form', () => {
    for (let i = 0; i < 5000; i++) {
      const text = test.random.text(20)
      const points = pointsOf(text)
      const committed = test.random.op(points)
      const pending = test.random.op(points)
      const rebased = rebase(committed, pending)
      const left = applyPlain(applyPlain(text, committed), rebased.pending)
      const right = applyPlain(applyPlain(text, pending), rebased.committed)
      expect(left, note).toBe(right)
      parseOp(rebased.pending, points + pointsDelta(committed))
      parseOp(rebased.committed, points + pointsDelta(pending))
      expect(rebasePending(pending, committed), note).toEqual(rebased.pending)
    }
  })

  it('over a composition equals rebase over its ops one after another', () => {
    for (let i = 0; i < 4000; i++) {
      const points = test.random.int(12)
      const committed = chain(points, 1 + test.random.int(5))
      const pending = test.random.op(points)
      const oneByOne = committed.reduce((op, over) => rebasePending(op, over), pending)
      expect(rebasePending(pending, composeOps(committed)), note).toEqual(oneByOne)
    }
  })

  it('never modifies its arguments', () => {
    for (let i = 0; i < 500; i++) {
      const [a, b] = [test.random.op(10), test.random.op(10)]
      const before = JSON.stringify([a, b])
      rebase(a, b)
      compose(a, test.random.op(10 + pointsDelta(a)))
      expect(JSON.stringify([a, b]), note).toBe(before)
    }
  })
})

describe('composition', () => {
  it('equals its ops one after another', () => {
    for (let i = 0; i < 1500; i++) {
      const text = test.random.text(20)
      const ops = chain(pointsOf(text), test.random.int(9))
      const expected = ops.reduce(applyPlain, text)
      const composed = composeOps(ops)
      parseOp(composed, pointsOf(text))
      expect(applyPlain(text, composed), note).toBe(expected)
      expect(applyPlain(text, ops.reduce(compose, [])), note).toBe(expected)
    }
  })

  it('O5: composes an insert at the place that later ops expect', () => {
    for (let i = 0; i < 4000; i++) {
      const text = test.random.text(12)
      const points = pointsOf(text)
      const first = composeOps(chain(points, test.random.int(3)))
      const inserts: TextOp[] = []
      const composed: OpComponent[] = [...first]
      let size = points + pointsDelta(first)
      for (let k = test.random.int(5); k >= 0; k--) {
        const point = test.random.int(size + 1)
        const insert = test.random.text(3) || 'i'
        inserts.push(point === 0 ? [insert] : [point, insert])
        size += pointsOf(insert)
        expect(composeInsert(composed, inserts.at(-1) ?? []), note).toBe(true)
        parseOp(composed, points)
      }
      expect(applyPlain(text, composed), note).toBe([first, ...inserts].reduce(applyPlain, text))
      const pending = test.random.op(points)
      const oneByOne = [first, ...inserts].reduce((op, over) => rebasePending(op, over), pending)
      expect(rebasePending(pending, composed), note).toEqual(oneByOne)
    }
  })

  it('composes only a single insert in place', () => {
    const op: OpComponent[] = [1, 'a']
    for (const other of [[], [1, { d: 1 }], [{ d: 1 }], ['a', 1, 'b'], [1, 'a', { d: 1 }]] as TextOp[])
      expect(composeInsert(op, other)).toBe(false)
    expect(op).toEqual([1, 'a'])
  })

  it('of nothing is a no-op', () => {
    expect(composeOps([])).toEqual([])
    expect(compose([], ['x'])).toEqual(['x'])
    expect(compose(['x'], [])).toEqual(['x'])
  })

  it('splits no character when a large insert is edited all over', () => {
    const text = `${'😀x'.repeat(2000)}y`
    const holes: (number | { d: number })[] = []
    for (let i = 0; i < 1300; i++) holes.push(2, { d: 1 })
    const composed = compose([text], holes)
    expect(composed).toEqual([applyPlain(text, holes)])
    parseOp(composed)
  })
})

describe('a position', () => {
  it('stays before an insert at the same place, or moves behind it, as requested', () => {
    expect(transformPoint(1, [1, '😀!'], 'left')).toBe(1)
    expect(transformPoint(1, [1, '😀!'], 'right')).toBe(3)
    expect(transformPoint(0, ['ab'], 'left')).toBe(0)
    expect(transformPoint(0, ['ab'], 'right')).toBe(2)
  })

  it('goes to the start of a deletion around it', () => {
    expect(transformPoint(4, [2, { d: 5 }], 'right')).toBe(2)
    expect(transformPoint(9, [2, { d: 5 }], 'left')).toBe(4)
  })

  it('goes where a pending insert goes if it sticks to the right, and where a committed one goes if to the left', () => {
    const insertAt = (point: number): TextOp => (point === 0 ? ['|'] : [point, '|'])
    for (let i = 0; i < 3000; i++) {
      const points = test.random.int(15)
      const op = test.random.op(points)
      const point = test.random.int(points + 1)
      expect(rebase(op, insertAt(point)).pending, note).toEqual(insertAt(transformPoint(point, op, 'right')))
      expect(rebase(insertAt(point), op).committed, note).toEqual(insertAt(transformPoint(point, op, 'left')))
    }
  })

  it('round-trips through an op, unless it is deleted', () => {
    for (let i = 0; i < 3000; i++) {
      const points = test.random.int(15)
      const op = test.random.op(points)
      const kept = new Set<number>()
      let before = 0
      for (const component of op) {
        if (typeof component === 'number') for (let p = 1; p < component; p++) kept.add(before + p)
        if (typeof component === 'number') before += component
        else if (typeof component === 'object') before += component.d
      }
      for (let p = before + 1; p <= points; p++) kept.add(p)
      for (const point of kept) {
        expect(untransformPoint(transformPoint(point, op, 'right'), op), note).toBe(point)
        expect(untransformPoint(transformPoint(point, op, 'left'), op), note).toBe(point)
      }
    }
  })

  it('inside an insert maps back to the place of the insert', () => {
    expect(untransformPoint(4, [2, 'abcd'])).toBe(2)
    expect(untransformPoint(6, [2, 'abcd'])).toBe(2)
    expect(untransformPoint(7, [2, 'abcd'])).toBe(3)
    expect(untransformPoint(2, [2, { d: 3 }])).toBe(2)
    expect(untransformPoint(3, [2, { d: 3 }])).toBe(6)
  })
})
