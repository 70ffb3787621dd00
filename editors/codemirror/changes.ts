/**
 * Converts between CodeMirror's ChangeSet and the edits of the SDK. Both count UTF-16 units and refer to
 * the text before. Invariant: applied to the same text, both give the same text.
 *
 * CodeMirror compares the DOM with its document unit by unit, so one emoji replaced by another may arrive
 * as a change of half a surrogate pair. Edits here never split a pair: such an edit grows to include the
 * whole pair.
 *
 * It knows neither views nor rooms.
 */
import { ChangeSet, Text } from '@codemirror/state'
import type { Edit } from '../../client/types.ts'

/**
 * Edits with the effect of `changes`: ascending, not overlapping, never splitting a surrogate pair. Growing
 * cannot make them overlap: changes that touch one pair from both sides are a single change already.
 */
export function editsOf(changes: ChangeSet, before: Text): Edit[] {
  const edits: Edit[] = []
  changes.iterChanges((fromA, toA, _fromB, _toB, inserted) => {
    const at = splitsPair(before, fromA) ? fromA - 1 : fromA
    const end = splitsPair(before, toA) ? toA + 1 : toA
    const insert = before.sliceString(at, fromA) + inserted.toString() + before.sliceString(toA, end)
    edits.push({ at, remove: end - at, insert })
  })
  return edits
}

/**
 * The change set with the effect of `edits`, for a document of `units` units. Throws RangeError when they
 * do not fit.
 */
export function changesOf(edits: readonly Edit[], units: number): ChangeSet {
  return ChangeSet.of(
    edits.map(({ at, remove, insert }) => ({
      from: at,
      to: at + remove,
      insert: Text.of(insert.split('\n')),
    })),
    units,
  )
}

/** The shortest single edit from `before` to `after`; null when they are equal. */
export function difference(before: string, after: string): Edit | null {
  if (before === after) return null
  const shorter = Math.min(before.length, after.length)
  let at = 0
  while (at < shorter && before.charCodeAt(at) === after.charCodeAt(at)) at++
  let beforeEnd = before.length
  let afterEnd = after.length
  while (
    beforeEnd > at &&
    afterEnd > at &&
    before.charCodeAt(beforeEnd - 1) === after.charCodeAt(afterEnd - 1)
  ) {
    beforeEnd--
    afterEnd--
  }
  return { at, remove: beforeEnd - at, insert: after.slice(at, afterEnd) }
}

function splitsPair(text: Text, units: number): boolean {
  return (
    units > 0 &&
    units < text.length &&
    /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.sliceString(units - 1, units + 1))
  )
}
