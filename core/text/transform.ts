// Transforms concurrent ops and positions. The algebra is that of ot-text-unicode; this file fixes the one
// choice OT leaves open: of two inserts at the same place, COMMITTED TEXT GOES LEFT. The server and every
// client use only these functions, so the choice is made once. Ops must come from `parseOp` or from here.

import { algebra } from './compose.ts'
import type { TextOp } from './op.ts'
import { pointsOf } from './units.ts'

/**
 * Rebases two ops on the same text, one of which is committed first. The diamond: applying `committed` and
 * then the new `pending` gives the same text as applying `pending` and then the new `committed`.
 * @returns `committed` to apply after `pending`, and `pending` to apply after `committed`
 */
export function rebase(committed: TextOp, pending: TextOp): { committed: TextOp; pending: TextOp } {
  if (committed.length === 0 || pending.length === 0) return { committed, pending }
  return {
    committed: algebra.transform(committed, pending, 'left'),
    pending: algebra.transform(pending, committed, 'right'),
  }
}

/**
 * `rebase` over several consecutive ops.
 * @returns those to apply after `pending`, and `pending` to apply after all of them
 */
export function rebaseOver(
  committed: readonly TextOp[],
  pending: TextOp,
): { committed: readonly TextOp[]; pending: TextOp } {
  const after: TextOp[] = []
  let op = pending
  for (const one of committed) {
    const turned = rebase(one, op)
    after.push(turned.committed)
    op = turned.pending
  }
  return { committed: after, pending: op }
}

/** The pending half of `rebaseOver`. */
export function rebasePendingOver(committed: readonly TextOp[], pending: TextOp): TextOp {
  let op = pending
  for (let i = 0; i < committed.length; i++) op = rebasePending(op, committed[i]!)
  return op
}

/** The pending half of `rebase`. */
export function rebasePending(pending: TextOp, committed: TextOp): TextOp {
  if (committed.length === 0 || pending.length === 0) return pending
  // Most ops are a single insert, for which only its position has to be found: a tenth of the cost of
  // building an op.
  const insert = pending[pending.length - 1]
  if (typeof insert === 'string' && pending.length === 1) return insertAt(0, insert, committed)
  const [skip] = pending
  if (typeof insert === 'string' && pending.length === 2 && typeof skip === 'number') {
    return insertAt(skip, insert, committed)
  }
  return algebra.transform(pending, committed, 'right')
}

function insertAt(point: number, insert: string, committed: TextOp): TextOp {
  const moved = transformPoint(point, committed, 'right')
  return moved === 0 ? [insert] : [moved, insert]
}

/**
 * Maps a position in the text before `op` to the text after it. A position inside a deletion maps to its
 * start. `'right'` is where a pending insert at `point` lands when `op` is committed before it.
 * @param point in points, in the text before
 * @param stick relative to an insert exactly at `point`: `'left'` stays before it, `'right'` moves behind it
 * @returns in points, in the text after
 */
export function transformPoint(point: number, op: TextOp, stick: 'left' | 'right'): number {
  let before = 0
  let moved = point
  for (let i = 0; i < op.length; i++) {
    const component = op[i]!
    if (before > point || (before === point && stick === 'left')) break
    if (typeof component === 'number') before += component
    else if (typeof component === 'string') moved += pointsOf(component)
    else {
      moved -= Math.min(component.d, point - before)
      before += component.d
    }
  }
  return moved
}

/**
 * Maps a position in the text after `op` to the text before it. Inside an insert: the place of the insert.
 * Where text was deleted: the start of the deletion.
 * @param point in points, in the text after
 * @returns in points, in the text before
 */
export function untransformPoint(point: number, op: TextOp): number {
  let before = 0
  let after = 0
  for (let i = 0; i < op.length && after < point; i++) {
    const component = op[i]!
    if (typeof component === 'object') {
      before += component.d
    } else if (typeof component === 'number') {
      const step = Math.min(component, point - after)
      before += step
      after += step
    } else {
      after += pointsOf(component)
      if (after >= point) return before
    }
  }
  return before + (point - after)
}
