/**
 * The parts of typing that was composed into one submission: each large edit, and what was typed between
 * them. The room refuses a submission as a whole; the parts let the client determine what made it too large,
 * and send the rest.
 *
 * Invariant: composed in order, the parts give the edit, except for differences from being transformed
 * separately.
 */
import { hunksOf } from '../../text/hunks.ts'
import type { TextOp } from '../../text/op.ts'
import { OpBuilder } from '../../text/op-builder.ts'
import type { Text } from '../../text/text.ts'
import { rebase } from '../../text/transform.ts'

export interface Part {
  /** Identifies it in the undo history. */
  readonly key: number
  op: TextOp
  readonly isLarge: boolean
}

/** UTF-16 units inserted by an edit that make it a part of its own: more than a person types at once. */
const LARGE_UNITS = 32

export function isLargeEdit(op: TextOp): boolean {
  let units = 0
  for (let i = 0; i < op.length; i++) {
    const component = op[i]
    if (typeof component === 'string') units += component.length
  }
  return units >= LARGE_UNITS
}

/**
 * Splits an edit whose parts are unknown: each large replacement is a part, and all others form one, the
 * first.
 */
export function partsOf(op: TextOp): TextOp[] {
  const hunks = hunksOf(op)
  const large = hunks.filter(({ insert }) => insert.length >= LARGE_UNITS)
  if (large.length === 0 || hunks.length === 1) return [op]
  const parts: TextOp[] = []
  const small = hunks.filter((hunk) => !large.includes(hunk))
  for (const group of [small, ...large.map((hunk) => [hunk])]) {
    if (group.length === 0) continue
    let part = replacing(group)
    for (const before of parts) part = rebase(before, part).pending
    parts.push(part)
  }
  return parts
}

/**
 * The part to take out of an edit that makes a text too large.
 * @param before the text that the parts apply to, one after another
 * @param excess bytes to remove: returns the smallest part that is enough, or the largest if none is; 0 or
 *   less if unknown, for the largest
 */
export function partToDrop(parts: readonly Part[], before: Text, excess: number): Part | undefined {
  const enough = excess > 0 ? excess : Number.POSITIVE_INFINITY
  let best: { readonly part: Part; readonly growth: number } | undefined
  let text = before
  for (const part of parts) {
    const after = text.apply(part.op)
    const growth = after.bytes - text.bytes
    text = after
    const isBetter =
      best === undefined ||
      (best.growth < enough ? growth > best.growth : growth >= enough && growth < best.growth)
    if (isBetter) best = { part, growth }
  }
  return best?.part
}

function replacing(hunks: readonly { start: number; end: number; insert: string }[]): TextOp {
  const op = new OpBuilder()
  let point = 0
  for (const { start, end, insert } of hunks) {
    op.skip(start - point)
    op.insert(insert)
    op.delete(end - start)
    point = end
  }
  return op.finish()
}
