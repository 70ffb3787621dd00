/**
 * Where a place in a text is after edits of it, by the same rules as in the CodeMirror binding. Places are UTF-16 units.
 * Invariant: what was in order stays in order. Knows neither editors nor rooms.
 */
import type { Edit, SelectionRange } from '../client/types.ts'

/**
 * The place of `units` after `edits`, which refer to the text before and ascend.
 * @param side where something is inserted exactly there: -1 stays before it, 1 goes behind it
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

/** One's own selection after what others did: it does not grow, and a cursor stays before what is inserted at it. */
export function mapOwn({ anchor, head }: SelectionRange, edits: readonly Edit[]): SelectionRange {
  return mapRange({ anchor, head }, (units, side) => mapPlace(units, edits, side))
}

/** A selection with both ends mapped; each end for the side on which it does not grow, a cursor for -1. */
export function mapRange(
  { anchor, head }: SelectionRange,
  map: (units: number, side: -1 | 1) => number,
): SelectionRange {
  return { anchor: map(anchor, anchor < head ? 1 : -1), head: map(head, head < anchor ? 1 : -1) }
}

/** The place behind the last of `edits` in the text after them. */
export function endOf(edits: readonly Edit[]): number {
  let shift = 0
  let place = 0
  for (const { at, remove, insert } of edits) {
    place = at + shift + insert.length
    shift += insert.length - remove
  }
  return place
}
