// The op: what one edit of a text is, in the form of ot-text-unicode (https://github.com/ottypes/text-unicode), and the only
// door by which one enters from outside. An op that went through `parseOp` is in normal form and safe to hand to the
// library, which by itself would loop on `[1e300, "x"]` and let booleans, fractions and lone surrogates pass.
// All numbers count points (Unicode code points). Knows nothing of the text an op is applied to.

import { isStorable, pointsOf } from './units.ts'

/** Skip so many points, insert this string, or delete so many points. */
export type OpComponent = number | string | { readonly d: number }

/** An edit of a text from its start to its end; what it does not reach stays. `[]` changes nothing. */
export type TextOp = readonly OpComponent[]

/** `bad_op`: not an op in normal form. `op_out_of_range`: does not fit the text. `bad_text`: text that may not be stored. */
export type OpErrorCode = 'bad_op' | 'op_out_of_range' | 'bad_text'

export class OpError extends Error {
  override readonly name = 'OpError'
  readonly code: OpErrorCode

  constructor(code: OpErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

const SKIP = 1
const INSERT = 2
const DELETE = 3

/**
 * Reads an op of unknown origin, strictly: integers above zero, non-empty strings that may be stored, `{d: n}` with that one
 * key; neighbours of different kinds; no skip at the end; sums that are safe integers. Takes time in proportion to what it
 * was given, whatever the numbers say. The result shares nothing mutable with `value`.
 * @param maxPoints points of the text the op is for, if known
 * @throws OpError `bad_op`, `bad_text`, or `op_out_of_range` if skips and deletes exceed `maxPoints`
 */
export function parseOp(value: unknown, maxPoints?: number): TextOp {
  if (!Array.isArray(value)) throw new OpError('bad_op', 'an op must be an array')
  const op: OpComponent[] = []
  let base = 0
  let inserted = 0
  let last = 0
  for (let i = 0; i < value.length; i++) {
    const component: unknown = value[i]
    let kind: number
    if (typeof component === 'number') {
      kind = SKIP
      base += count(component, 'a skip')
      op.push(component)
    } else if (typeof component === 'string') {
      kind = INSERT
      if (component === '') throw new OpError('bad_op', 'an insert must not be empty')
      inserted += component.length
      op.push(parseText(component))
    } else {
      kind = DELETE
      const points = deleted(component)
      base += points
      op.push({ d: points })
    }
    if (kind === last) throw new OpError('bad_op', 'neighbours of the same kind must be one component')
    if (base + inserted > Number.MAX_SAFE_INTEGER)
      throw new OpError('bad_op', 'an op reaches too far to count')
    last = kind
  }
  if (last === SKIP) throw new OpError('bad_op', 'an op must not end with a skip')
  if (maxPoints !== undefined && base > maxPoints) {
    throw new OpError('op_out_of_range', `the op needs a text of ${base} points, this one has ${maxPoints}`)
  }
  return op
}

/**
 * Reads a text of unknown origin: a string without NUL, CR and lone surrogates.
 * @throws OpError `bad_text`
 */
export function parseText(value: unknown): string {
  if (typeof value !== 'string') throw new OpError('bad_text', 'a text must be a string')
  if (!isStorable(value)) {
    throw new OpError('bad_text', 'a text must be well formed, without NUL and CR: line ends are LF')
  }
  return value
}

/** Points of the text an op touches (skips and deletes): the least size of a text it applies to. */
export function basePoints(op: TextOp): number {
  let points = 0
  for (let i = 0; i < op.length; i++) {
    const component = op[i]!
    if (typeof component === 'number') points += component
    else if (typeof component === 'object') points += component.d
  }
  return points
}

/** By how many points the op makes a text larger (or, below zero, smaller). */
export function pointsDelta(op: TextOp): number {
  let points = 0
  for (let i = 0; i < op.length; i++) {
    const component = op[i]!
    if (typeof component === 'string') points += pointsOf(component)
    else if (typeof component === 'object') points -= component.d
  }
  return points
}

/** True if the op changes nothing. */
export function isNoop(op: TextOp): boolean {
  return op.length === 0
}

function count(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value) || (value as number) <= 0) {
    throw new OpError('bad_op', `${what} must be a whole number of points above zero`)
  }
  return value as number
}

function deleted(component: unknown): number {
  if (typeof component !== 'object' || component === null || Array.isArray(component)) {
    throw new OpError('bad_op', 'a component must be a number, a string or {d: number}')
  }
  const keys = Reflect.ownKeys(component)
  if (keys.length !== 1 || keys[0] !== 'd') throw new OpError('bad_op', 'a delete must have the one key d')
  return count((component as { d: unknown }).d, 'a delete')
}
