/** What is told of changes that will not be committed, so that nothing typed is lost silently. */
import type { Change } from '../protocol/messages.ts'
import type { TextOp } from '../text/op.ts'
import type { LostChange } from './effects.ts'

/** @param created the text, with all that was typed since, of a file whose creation is lost */
export function lossOf(change: Change, path: string, created: string | undefined): LostChange {
  if (change.type === 'edit') return { change, path, text: inserted(change.op).join('') }
  if (change.type === 'chat') return { change, path, text: change.text }
  if (change.type === 'create') return { change, path, text: created ?? change.text }
  return { change, path, text: null }
}

/** What an edit inserts, piece by piece. */
export function piecesOf(change: Change): string[] {
  return change.type === 'edit' ? inserted(change.op) : []
}

function inserted(op: TextOp): string[] {
  return op.filter((component) => typeof component === 'string')
}
