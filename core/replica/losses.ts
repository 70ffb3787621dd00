/** What is told of changes that will not be committed, so that nothing typed is lost silently. */
import type { Change } from '../protocol/messages.ts'
import type { TextOp } from '../text/op.ts'
import type { LostChange, RejectedEffect } from './effects.ts'

/** @param created the text, with all that was typed since, of a file whose creation is lost */
export function lossOf(change: Change, path: string, created: string | undefined): LostChange {
  if (change.type === 'edit') return { change, path, text: inserted(change.op) }
  if (change.type === 'create') return { change, path, text: created ?? change.text }
  return { change, path, text: null }
}

/** Somebody removed a file while typing in it waited to be sent. */
export function typingLost(file: string, path: string, ops: readonly TextOp[]): RejectedEffect {
  return {
    type: 'rejected',
    code: 'no_such_file',
    message: 'The file was removed while you were typing in it.',
    changes: ops.map((op) => ({ change: { type: 'edit', file, op }, path, text: inserted(op) })),
  }
}

function inserted(op: TextOp): string {
  return op.filter((component) => typeof component === 'string').join('')
}
