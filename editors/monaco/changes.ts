/**
 * Converts between Monaco's content changes and the edits of the SDK. Both count UTF-16 units. Invariant:
 * applied to the same text, both give the same text.
 *
 * Monaco cannot filter what enters a model, so cleaning is also a list of edits: applied to the file
 * together with what was typed, and to the model afterwards. It knows neither editors nor rooms, and loads
 * nothing of Monaco.
 */
import type { editor, IPosition, IRange } from 'monaco-editor'
import type { Edit } from '../../client/types.ts'
import { cleanText } from '../clean-text.ts'

/** The used part of Monaco's IModelContentChange; each refers to the text after the ones before it. */
export type ContentChange = Pick<editor.IModelContentChange, 'rangeOffset' | 'rangeLength' | 'text'>

/**
 * A run of what no room stores (CR, NUL, half of a surrogate pair), and the character after it: Monaco
 * takes whatever follows a high surrogate for its other half, and widens a range that ends between the two.
 */
const DIRTY_PLACE = /(?:\r\n?|\0|\p{Surrogate})+[^\n]?/gu

/**
 * The edits of one content event, ascending, not overlapping, all in terms of the text before it. Null when
 * the changes are not ordered from the end of the text to its start; Monaco's are, unless it merged several
 * events.
 */
export function editsOf(changes: readonly ContentChange[]): Edit[] | null {
  const edits: Edit[] = []
  let border = Number.POSITIVE_INFINITY
  for (const { rangeOffset, rangeLength, text } of changes) {
    if (rangeOffset + rangeLength > border) return null
    border = rangeOffset
    edits.push({ at: rangeOffset, remove: rangeLength, insert: text })
  }
  return edits.reverse()
}

/**
 * `applyEdits` operations with the effect of `edits`.
 * @param positionAt of a UTF-16 unit in the text before
 */
export function operationsOf(
  edits: readonly Edit[],
  positionAt: (units: number) => IPosition,
): editor.IIdentifiedSingleEditOperation[] {
  return edits.map(({ at, remove, insert }) => ({
    range: rangeBetween(positionAt(at), positionAt(at + remove)),
    text: insert,
  }))
}

/** The Monaco range between two positions. */
export function rangeBetween(start: IPosition, end: IPosition): IRange {
  return {
    startLineNumber: start.lineNumber,
    startColumn: start.column,
    endLineNumber: end.lineNumber,
    endColumn: end.column,
  }
}

/** The edits that clean `text`. */
export function repairsOf(text: string): Edit[] {
  return [...text.matchAll(DIRTY_PLACE)].map(({ index, 0: dirty }) => ({
    at: index,
    remove: dirty.length,
    insert: cleanText(dirty),
  }))
}

/**
 * The shortest single edit from `before` to `after` that splits no surrogate pair of either, nor what
 * Monaco takes for one in `before`; null when they are equal.
 */
export function difference(before: string, after: string): Edit | null {
  if (before === after) return null
  const shorter = Math.min(before.length, after.length)
  let at = 0
  while (at < shorter && before.charCodeAt(at) === after.charCodeAt(at)) at++
  while (isHigh(before.charCodeAt(at - 1))) at--
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
  while (beforeEnd < before.length && isHigh(before.charCodeAt(beforeEnd - 1))) {
    beforeEnd++
    afterEnd++
  }
  return { at, remove: beforeEnd - at, insert: after.slice(at, afterEnd) }
}

/** Whether a unit is the first half of a surrogate pair. NaN, outside of a text, is not. */
function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
