/**
 * What two texts have in common, to recognize text that was deleted in text that is restored. The work is
 * bounded: in large texts only what is common as a whole, or at an end, is found.
 */
import { isHigh, isLow } from '../../text/units.ts'

/** A text that occurs in both, in UTF-16 units: where it begins in each, and its length. */
export interface Common {
  readonly inA: number
  readonly inB: number
  readonly length: number
}

const MOST_WORK = 1_000_000

/** The longest text that occurs in both; null if there is none. */
export function longestCommon(a: string, b: string): Common | null {
  if (a === '' || b === '') return null
  const aInB = b.indexOf(a)
  if (aInB !== -1) return { inA: 0, inB: aInB, length: a.length }
  const bInA = a.indexOf(b)
  if (bInA !== -1) return { inA: bInA, inB: 0, length: b.length }
  return wholePoints(a, a.length * b.length > MOST_WORK ? commonEnd(a, b) : longest(a, b))
}

/** Dynamic programming: `runs[j]` is the length of what ends before a[i] and before b[j] in both. */
function longest(a: string, b: string): Common {
  let best: Common = { inA: 0, inB: 0, length: 0 }
  const runs = new Int32Array(b.length + 1)
  for (let i = 1; i <= a.length; i++) {
    for (let j = b.length; j > 0; j--) {
      const length = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? runs[j - 1]! + 1 : 0
      runs[j] = length
      if (length > best.length) best = { inA: i - length, inB: j - length, length }
    }
  }
  return best
}

/** The common start or the common end, whichever is longer. */
function commonEnd(a: string, b: string): Common {
  const most = Math.min(a.length, b.length)
  let start = 0
  while (start < most && a.charCodeAt(start) === b.charCodeAt(start)) start++
  let end = 0
  while (end < most && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end++
  return start >= end
    ? { inA: 0, inB: 0, length: start }
    : { inA: a.length - end, inB: b.length - end, length: end }
}

/** Without half of a surrogate pair at either end. */
function wholePoints(a: string, { inA, inB, length }: Common): Common | null {
  const first = length > 0 && isLow(a.charCodeAt(inA)) ? 1 : 0
  const last = length > first && isHigh(a.charCodeAt(inA + length - 1)) ? 1 : 0
  const rest = length - first - last
  return rest > 0 ? { inA: inA + first, inB: inB + first, length: rest } : null
}
