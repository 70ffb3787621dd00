// Composes consecutive ops into one. Transforming over a composition is the same as transforming over its
// ops one after another. At any one place in the original text, inserts come before deletes.

import { type as library } from 'ot-text-unicode'
import type { OpComponent, TextOp } from './op.ts'
import { isHigh, pointsOf, unitAt } from './units.ts'

interface Algebra {
  transform(op: TextOp, over: TextOp, side: 'left' | 'right'): TextOp
  compose(a: TextOp, b: TextOp): TextOp
}

/**
 * The pure op functions of ot-text-unicode. Its `apply` is not used, since it is linear in the text. The
 * library's own types allow deletes that carry text; given only `{d: number}` it produces only such deletes,
 * and it never changes its arguments.
 */
export const algebra: Algebra = library as Algebra

/** One op that does what `a` and then `b` do. */
export function compose(a: TextOp, b: TextOp): TextOp {
  if (a.length === 0) return b
  if (b.length === 0) return a
  return algebra.compose(inChunks(a), b)
}

/**
 * Up to this many ops are composed one by one; more are composed as a balanced tree, to avoid walking the
 * growing result for each.
 */
const ONE_BY_ONE = 16

/** One op that does what all of `ops` do, one after another. */
export function composeOps(ops: readonly TextOp[]): TextOp {
  return composeRange(ops, 0, ops.length)
}

function composeRange(ops: readonly TextOp[], from: number, to: number): TextOp {
  if (to - from > ONE_BY_ONE) {
    const middle = (from + to) >>> 1
    return compose(composeRange(ops, from, middle), composeRange(ops, middle, to))
  }
  if (to - from === 1) return ops[from]!
  let all: OpComponent[] = []
  for (let i = from; i < to; i++) {
    if (!composeInsert(all, ops[i]!)) all = [...compose(all, ops[i]!)]
  }
  return all
}

/**
 * Composes a single insert into an op in place, at the cost of walking to it: most ops are a single insert.
 * @param op modified, unless the result is false
 * @param next applies to the text after `op`
 * @returns false if `next` is not a single insert
 */
export function composeInsert(op: OpComponent[], next: TextOp): boolean {
  const insert = next[next.length - 1]
  const point = next.length === 1 ? 0 : next[0]
  if (typeof insert !== 'string' || typeof point !== 'number' || next.length > 2) return false
  let after = 0
  let i = 0
  for (; i < op.length && after < point; i++) {
    const component = op[i]!
    if (typeof component === 'object') continue
    const points = typeof component === 'number' ? component : pointsOf(component)
    if (after + points > point) {
      const head = point - after
      if (typeof component === 'number') op.splice(i, 1, head, insert, points - head)
      else {
        const unit = unitAt(component, head, points)
        op[i] = component.slice(0, unit) + insert + component.slice(unit)
      }
      return true
    }
    after += points
  }
  const before = op[i - 1]
  const behind = op[i]
  if (after < point) op.push(point - after, insert)
  else if (typeof before === 'string') op[i - 1] = before + insert
  else if (typeof behind === 'string') op[i] = insert + behind
  else op.splice(i, 0, insert)
  return true
}

const CHUNK_UNITS = 512

/**
 * Whenever the library takes a piece of an insert it counts the rest, which is quadratic for a large insert
 * that many components of the other op touch. Cut into chunks (the library accepts adjacent inserts and
 * joins them again), each piece costs at most one chunk.
 */
function inChunks(op: TextOp): TextOp {
  let large = false
  for (let i = 0; i < op.length; i++) {
    const component = op[i]!
    if (typeof component === 'string' && component.length > CHUNK_UNITS) large = true
  }
  if (!large) return op
  const chunked: OpComponent[] = []
  for (let i = 0; i < op.length; i++) {
    const component = op[i]!
    if (typeof component !== 'string') {
      chunked.push(component)
      continue
    }
    for (let from = 0; from < component.length; ) {
      let to = Math.min(from + CHUNK_UNITS, component.length)
      if (to < component.length && isHigh(component.charCodeAt(to - 1))) to++
      chunked.push(component.slice(from, to))
      from = to
    }
  }
  return chunked
}
