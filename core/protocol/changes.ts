/** What kind of change one is, and which file it is of. */
import type { CommittedChange, PolicyChange } from './messages.ts'

type OfFile = { readonly file: string }

/** Whether a change is of a file. */
export function isFileChange<C extends { readonly type: string }>(change: C): change is Extract<C, OfFile> {
  return 'file' in change
}

/** Whether a change is of who may do what. */
export function isPolicyChange(change: CommittedChange): change is PolicyChange {
  return !isFileChange(change) && change.type !== 'chat'
}

/** The id of the file that a change is of; undefined when it is of none. */
export function fileOf(change: CommittedChange): string | undefined {
  return isFileChange(change) ? change.file : undefined
}
