// Matches the lines of two sequences for a diff that looks natural: patience diff (Bram Cohen: lines that
// occur once in both are anchors, and their longest increasing subsequence is kept), and between anchors
// Myers, "An O(ND) Difference Algorithm and Its Variations" (1986). The work is bounded: where both give up,
// the lines remain unmatched. Works on numbers that represent lines; knows no text.

const MAX_DEPTH = 8
const MAX_DISTANCE = 256

/**
 * The matching lines of two sequences.
 * @returns for each line of `a` the index of its match in `b`, or -1; matches ascend
 */
export function matchLines(a: Int32Array, b: Int32Array): Int32Array {
  const matches = new Int32Array(a.length).fill(-1)
  matchRange({ a, b, matches }, 0, a.length, 0, b.length, 0)
  return matches
}

interface Pair {
  readonly a: Int32Array
  readonly b: Int32Array
  readonly matches: Int32Array
}

function matchRange(pair: Pair, aFrom: number, aTo: number, bFrom: number, bTo: number, depth: number): void {
  const { a, b, matches } = pair
  while (aFrom < aTo && bFrom < bTo && a[aFrom] === b[bFrom]) matches[aFrom++] = bFrom++
  while (aFrom < aTo && bFrom < bTo && a[aTo - 1] === b[bTo - 1]) matches[--aTo] = --bTo
  if (aFrom === aTo || bFrom === bTo) return
  const anchors = depth < MAX_DEPTH ? findAnchors(pair, aFrom, aTo, bFrom, bTo) : []
  if (anchors.length === 0) {
    matchByDistance(pair, aFrom, aTo, bFrom, bTo)
    return
  }
  let aNext = aFrom
  let bNext = bFrom
  for (const { inA, inB } of anchors) {
    matchRange(pair, aNext, inA, bNext, inB, depth + 1)
    matches[inA] = inB
    aNext = inA + 1
    bNext = inB + 1
  }
  matchRange(pair, aNext, aTo, bNext, bTo, depth + 1)
}

interface Anchor {
  readonly inA: number
  readonly inB: number
  readonly before: Anchor | undefined
}

/** Lines that occur once in both ranges: the largest set that is in the same order in both. */
function findAnchors(pair: Pair, aFrom: number, aTo: number, bFrom: number, bTo: number): Anchor[] {
  const onceInA = once(pair.a, aFrom, aTo)
  const onceInB = once(pair.b, bFrom, bTo)
  // Patience sorting: each pile shows the anchor at which a subsequence of its length ends earliest.
  const piles: Anchor[] = []
  for (const [line, inA] of onceInA) {
    const inB = onceInB.get(line)
    if (inA < 0 || inB === undefined || inB < 0) continue
    let low = 0
    let high = piles.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (piles[middle]!.inB < inB) low = middle + 1
      else high = middle
    }
    piles[low] = { inA, inB, before: piles[low - 1] }
  }
  const run: Anchor[] = []
  for (let anchor = piles[piles.length - 1]; anchor !== undefined; anchor = anchor.before) run.push(anchor)
  return run.reverse()
}

/**
 * The lines of a range in order of first occurrence, with their index, or -1 if they occur more than once.
 */
function once(lines: Int32Array, from: number, to: number): Map<number, number> {
  const found = new Map<number, number>()
  for (let i = from; i < to; i++) found.set(lines[i]!, found.has(lines[i]!) ? -1 : i)
  return found
}

/** Myers' greedy search, abandoned at MAX_DISTANCE. */
function matchByDistance(pair: Pair, aFrom: number, aTo: number, bFrom: number, bTo: number): void {
  const { a, b } = pair
  const aCount = aTo - aFrom
  const bCount = bTo - bFrom
  const limit = Math.min(MAX_DISTANCE, aCount + bCount)
  const middle = limit + 1
  const furthest = new Int32Array(2 * limit + 3)
  const history: Int32Array[] = []
  for (let distance = 0; distance <= limit; distance++) {
    history.push(furthest.slice(middle - distance - 1, middle + distance + 2))
    for (let diagonal = -distance; diagonal <= distance; diagonal += 2) {
      const down = furthest[middle + diagonal + 1]!
      const right = furthest[middle + diagonal - 1]! + 1
      let x = diagonal === -distance || (diagonal !== distance && right <= down) ? down : right
      while (x < aCount && x - diagonal < bCount && a[aFrom + x] === b[bFrom + x - diagonal]) x++
      furthest[middle + diagonal] = x
      if (x >= aCount && x - diagonal >= bCount) {
        backtrack(pair.matches, history, aFrom, bFrom, aCount, bCount)
        return
      }
    }
  }
}

function backtrack(
  matches: Int32Array,
  history: readonly Int32Array[],
  aFrom: number,
  bFrom: number,
  aCount: number,
  bCount: number,
): void {
  let x = aCount
  let y = bCount
  for (let distance = history.length - 1; distance > 0; distance--) {
    // The furthest points before this distance was tried; diagonal 0 is in the middle.
    const furthest = history[distance]!
    const middle = distance + 1
    const diagonal = x - y
    const down = furthest[middle + diagonal + 1]!
    const right = furthest[middle + diagonal - 1]! + 1
    const goesDown = diagonal === -distance || (diagonal !== distance && right <= down)
    const startX = goesDown ? down : right
    while (x > startX) matches[aFrom + --x] = bFrom + --y
    if (goesDown) y--
    else x--
  }
  while (x > 0) matches[aFrom + --x] = bFrom + --y
}
