// The boundary between editors and ops: editors use lists of edits in UTF-16 units, ops count points. This
// is the only place that converts between the two. All edits of a list refer to the same text, the one
// before the whole list. Knows no editor.

import { hunksOf } from './hunks.ts'
import { basePoints, OpError, type TextOp } from './op.ts'
import { OpBuilder } from './op-builder.ts'
import type { Text } from './text.ts'
import { isStorable } from './units.ts'

/** At unit `at` of the original text, removes `remove` units and inserts a string. */
export interface Edit {
  readonly at: number
  readonly remove: number
  readonly insert: string
}

/**
 * - `bad_edit`: not integers and a string.
 * - `bad_text`: inserts text that may not be stored.
 * - `splits_character`: begins or ends within a surrogate pair.
 * - `edit_out_of_range`: reaches past the end.
 * - `edits_overlap`: two edits remove the same text, or one begins inside what another removes.
 */
export type EditErrorCode =
  | 'bad_edit'
  | 'bad_text'
  | 'splits_character'
  | 'edit_out_of_range'
  | 'edits_overlap'

export class EditError extends Error {
  override readonly name = 'EditError'
  readonly code: EditErrorCode

  constructor(code: EditErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * The op of a list of edits, in any order. Inserts at the same place keep their order in the list; if one of
 * them also removes text, all of them go before the removed text.
 * @param text the text before the edits
 * @returns an op in normal form
 * @throws EditError
 */
export function opFromEdits(text: Text, edits: readonly Edit[]): TextOp {
  for (let i = 0; i < edits.length; i++) checkEdit(text, edits[i]!)
  const sorted = edits.length < 2 ? edits : inOrder(edits)
  const op = new OpBuilder()
  let doneUnits = 0
  let donePoints = 0
  let i = 0
  while (i < sorted.length) {
    const at = sorted[i]!.at
    if (at < doneUnits)
      throw new EditError('edits_overlap', `an edit at unit ${at} is inside text that another removes`)
    const point = text.pointOf(at)
    op.skip(point - donePoints)
    let remove = 0
    for (; i < sorted.length && sorted[i]!.at === at; i++) {
      const edit = sorted[i]!
      if (remove > 0 && edit.remove > 0) throw new EditError('edits_overlap', `two edits remove unit ${at}`)
      remove += edit.remove
      op.insert(edit.insert)
    }
    doneUnits = at + remove
    donePoints = remove === 0 ? point : text.pointOf(doneUnits)
    op.delete(donePoints - point)
  }
  return op.finish()
}

/**
 * The edits of an op, in ascending order; an insert and a delete at the same place are one edit.
 * @param text the text before the op
 * @throws OpError `op_out_of_range` if the op does not fit it
 */
export function editsFromOp(text: Text, op: TextOp): Edit[] {
  if (!(basePoints(op) <= text.points)) {
    throw new OpError('op_out_of_range', `the op does not fit a text of ${text.points} points`)
  }
  return hunksOf(op).map(({ start, end, insert }) => {
    const at = text.unitOf(start)
    return { at, remove: end === start ? 0 : text.unitOf(end) - at, insert }
  })
}

function inOrder(edits: readonly Edit[]): readonly Edit[] {
  for (let i = 1; i < edits.length; i++) {
    // The sort is stable: edits at the same place keep their order in the list.
    if (edits[i]!.at < edits[i - 1]!.at) return edits.slice().sort((a, b) => a.at - b.at)
  }
  return edits
}

function checkEdit(text: Text, edit: Edit): void {
  const { at, remove, insert } = edit
  if (!isCount(at) || !isCount(remove) || typeof insert !== 'string') {
    throw new EditError('bad_edit', 'an edit needs integers at and remove, and a string insert')
  }
  if (at + remove > text.units) {
    throw new EditError('edit_out_of_range', `unit ${at + remove} lies past the end, ${text.units}`)
  }
  if (!isStorable(insert)) {
    throw new EditError('bad_text', 'inserted text must be well formed, without NUL and CR: line ends are LF')
  }
  if (text.splitsPair(at) || (remove > 0 && text.splitsPair(at + remove))) {
    throw new EditError('splits_character', `the edit at unit ${at} begins or ends within a character`)
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
