// Ops: an edit of a text, in the format of ot-text-unicode (https://github.com/ottypes/text-unicode), and
// the only way to admit one from outside. An op returned by `parseOp` is in normal form and safe to pass to
// the library, which by itself would loop on `[1e300, "x"]` and accept booleans, fractions and lone
// surrogates. All numbers count points (Unicode code points). Knows nothing of the text an op is applied to.

import { isStorable, pointsOf } from './units.ts'

/** Skips this many points, inserts this string, or deletes this many points. */
export type OpComponent = number | string | { readonly d: number }

/** An edit of a text from its start; text beyond the last component stays. `[]` changes nothing. */
export type TextOp = readonly OpComponent[]

/**
 * `bad_op`: not an op in normal form. `op_out_of_range`: does not fit the text. `bad_text`: text that may
 * not be stored.
 */
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
 * Strictly parses an untrusted op: positive integers, non-empty storable strings, `{d: n}` with no other
 * key; no adjacent components of the same kind; no trailing skip; sums that are safe integers. Takes time
 * proportional to the input, whatever its numbers. The result shares nothing mutable with `value`.
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
    if (kind === last) throw new OpError('bad_op', 'adjacent components of the same kind must be one')
    if (base + inserted > Number.MAX_SAFE_INTEGER)
      throw new OpError('bad_op', 'the points of an op exceed the safe integers')
    last = kind
  }
  if (last === SKIP) throw new OpError('bad_op', 'an op must not end with a skip')
  if (maxPoints !== undefined && base > maxPoints) {
    throw new OpError('op_out_of_range', `the op needs a text of ${base} points, this one has ${maxPoints}`)
  }
  return op
}

/**
 * Parses an untrusted text: a string without NUL, CR and lone surrogates.
 * @throws OpError `bad_text`
 */
export function parseText(value: unknown): string {
  if (typeof value !== 'string') throw new OpError('bad_text', 'a text must be a string')
  if (!isStorable(value)) {
    throw new OpError('bad_text', 'a text must be well formed, without NUL and CR: line ends are LF')
  }
  return value
}

/** Points that an op covers (skips and deletes): the minimum size of a text it applies to. */
export function basePoints(op: TextOp): number {
  let points = 0
  for (let i = 0; i < op.length; i++) {
    const component = op[i]!
    if (typeof component === 'number') points += component
    else if (typeof component === 'object') points += component.d
  }
  return points
}

/** By how many points the op makes a text larger (negative: smaller). */
export function pointsDelta(op: TextOp): number {
  let points = 0
  for (let i = 0; i < op.length; i++) {
    const component = op[i]!
    if (typeof component === 'string') points += pointsOf(component)
    else if (typeof component === 'object') points -= component.d
  }
  return points
}

/** Whether the op changes nothing. */
export function isNoop(op: TextOp): boolean {
  return op.length === 0
}

function count(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value) || (value as number) <= 0) {
    throw new OpError('bad_op', `${what} must be a positive whole number of points`)
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
