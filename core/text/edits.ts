// The border between editors and ops: editors speak in lists of edits counted in UTF-16 units, ops in points. This is the only
// place where one becomes the other. A list of edits refers to one text, the one before the whole list. Knows no editor.

import { hunksOf } from './hunks.ts'
import { basePoints, OpError, type TextOp } from './op.ts'
import { OpBuilder } from './op-builder.ts'
import type { Text } from './text.ts'
import { isStorable } from './units.ts'

/** At unit `at` of the text before, remove so many units and insert a string. */
export interface Edit {
  readonly at: number
  readonly remove: number
  readonly insert: string
}

/**
 * `bad_edit`: not whole numbers and a string. `bad_text`: inserts what may not be stored. `splits_character`: begins or ends
 * within a surrogate pair. `edit_out_of_range`: reaches past the end. `edits_overlap`: two remove or cut the same place.
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
 * The op of a list of edits, in any order. Inserts at one place keep their order in the list; where one of them also removes,
 * all of them come before what it removes.
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
      throw new EditError('edits_overlap', `an edit at unit ${at} lies in what another removes`)
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
 * The edits an op makes, in ascending order; an insert and a delete at one place are one edit.
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
    // The sort is stable: edits at one place stay in the order of the list.
    if (edits[i]!.at < edits[i - 1]!.at) return edits.slice().sort((a, b) => a.at - b.at)
  }
  return edits
}

function checkEdit(text: Text, edit: Edit): void {
  const { at, remove, insert } = edit
  if (!isCount(at) || !isCount(remove) || typeof insert !== 'string') {
    throw new EditError('bad_edit', 'an edit needs whole units at and remove, and a string to insert')
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
