/**
 * What Monaco calls content changes and what the SDK calls edits, each turned into the other. Both count UTF-16 units.
 * Invariant: applied to the same text, the two give the same text.
 *
 * Monaco has no filter for what enters a model, so that cleaning is a list of edits here, too: it can be given to the file
 * with what was typed, and to the model afterwards. Knows neither editors nor rooms, and loads nothing of Monaco.
 */
import type { editor, IPosition, IRange } from 'monaco-editor'
import type { Edit } from '../../client/types.ts'
import { cleanText } from '../clean-text.ts'

/** What is read of Monaco's IModelContentChange; each refers to the text as the ones before it left it. */
export type ContentChange = Pick<editor.IModelContentChange, 'rangeOffset' | 'rangeLength' | 'text'>

/**
 * What no room stores (CR, NUL, half of a surrogate pair) in one place, and the character behind it: Monaco takes whatever
 * follows a high surrogate for the other half, and widens a range that ends between the two.
 */
const DIRTY_PLACE = /(?:\r\n?|\0|\p{Surrogate})+[^\n]?/gu

/**
 * The edits of one content event, all referring to the text before it, ascending and apart. Null where the changes do not
 * come from the end of the text to its beginning, as Monaco's do unless it merged several events into one.
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

/** Operations for `applyEdits` that do what `edits` do. @param positionAt of a UTF-16 unit in the text before */
export function operationsOf(
  edits: readonly Edit[],
  positionAt: (units: number) => IPosition,
): editor.IIdentifiedSingleEditOperation[] {
  return edits.map(({ at, remove, insert }) => ({
    range: rangeBetween(positionAt(at), positionAt(at + remove)),
    text: insert,
  }))
}

/** Monaco's range from one position to another behind it. */
export function rangeBetween(start: IPosition, end: IPosition): IRange {
  return {
    startLineNumber: start.lineNumber,
    startColumn: start.column,
    endLineNumber: end.lineNumber,
    endColumn: end.column,
  }
}

/** The edits that make `text` clean. */
export function repairsOf(text: string): Edit[] {
  return [...text.matchAll(DIRTY_PLACE)].map(({ index, 0: dirty }) => ({
    at: index,
    remove: dirty.length,
    insert: cleanText(dirty),
  }))
}

/**
 * The shortest single edit that turns `before` into `after` and splits no surrogate pair of either, nor what Monaco takes
 * for one in `before`; null when they are the same.
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

/** Whether a unit is the first half of a surrogate pair; NaN, for outside of a text, is not. */
function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
