/**
 * Maps positions through edits, by the same rules as CodeMirror. Positions are UTF-16 units. Invariant: the
 * order of positions is preserved. It knows neither editors nor rooms.
 */
import type { Edit, SelectionRange } from '../client/types.ts'

/**
 * Maps a position through `edits`, which are ascending and refer to the text before.
 * @param side of text inserted exactly there: -1 stays before it, 1 goes behind it
 */
export function mapPlace(units: number, edits: readonly Edit[], side: -1 | 1): number {
  let shift = 0
  for (const { at, remove, insert } of edits) {
    if (at > units) break
    const end = at + remove
    if (end > units || (remove === 0 && at === units && side < 0)) {
      return at + shift + (units === at || side < 0 ? 0 : insert.length)
    }
    shift += insert.length - remove
  }
  return units + shift
}

/**
 * Maps an own selection through remote edits: it does not grow, and a cursor stays before text inserted at
 * it.
 */
export function mapOwn({ anchor, head }: SelectionRange, edits: readonly Edit[]): SelectionRange {
  return mapRange({ anchor, head }, (units, side) => mapPlace(units, edits, side))
}

/** Maps both ends of a selection, each to the side on which the selection does not grow; a cursor to -1. */
export function mapRange(
  { anchor, head }: SelectionRange,
  map: (units: number, side: -1 | 1) => number,
): SelectionRange {
  return { anchor: map(anchor, anchor < head ? 1 : -1), head: map(head, head < anchor ? 1 : -1) }
}

/** The position behind the last of `edits`, in the text after them. */
export function endOf(edits: readonly Edit[]): number {
  let shift = 0
  let place = 0
  for (const { at, remove, insert } of edits) {
    place = at + shift + insert.length
    shift += insert.length - remove
  }
  return place
}
