/**
 * What CodeMirror calls a ChangeSet and what the SDK calls edits, each turned into the other. Both count UTF-16 units
 * and both give positions in the text before. Invariant: applied to the same text, the two give the same text.
 *
 * CodeMirror compares the DOM with its document unit by unit, so that an emoji replaced by another may arrive as
 * the change of half a surrogate pair. Nothing here ever splits a pair: such an edit grows to take in the whole pair.
 *
 * Knows neither views nor rooms.
 */
import { ChangeSet, Text } from '@codemirror/state'
import type { Edit } from '../../client/types.ts'

/**
 * The edits that do to `before` what `changes` do, ascending and apart; never one that splits a surrogate pair.
 * They cannot come to overlap by growing: what touches one pair from both sides is a single change already.
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

/** The change set for a document of `units` units that does what `edits` do. Throws RangeError when they do not fit. */
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

/** The shortest single edit that turns `before` into `after`; null when they are the same. */
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
