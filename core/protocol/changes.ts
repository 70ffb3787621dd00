/**
 * The kind of a change, its file, and its content. All of it follows from the change's type, never from
 * which fields are present; a type missing here does not compile.
 */
import type { TextOp } from '../text/op.ts'
import type { BlobRef, CommittedChange, PolicyChange, SubmittedChange } from './messages.ts'

type ChangeType = SubmittedChange['type']
type OfFile = { readonly file: string }

const KINDS = {
  edit: 'file',
  create: 'file',
  rename: 'file',
  remove: 'file',
  revive: 'file',
  role: 'policy',
  mode: 'policy',
  access: 'policy',
  chatting: 'policy',
  kick: 'policy',
  ban: 'policy',
  guests: 'policy',
  invite: 'policy',
  revoke: 'policy',
  close: 'policy',
  chat: 'chat',
} as const satisfies Record<ChangeType, string>

/** Whether a change concerns a file. */
export function isFileChange<C extends { readonly type: ChangeType }>(
  change: C,
): change is Extract<C, OfFile> {
  return KINDS[change.type] === 'file'
}

/** Whether a change concerns who may do what. */
export function isPolicyChange(change: CommittedChange): change is PolicyChange {
  return KINDS[change.type] === 'policy'
}

/** Id of the file that a change concerns; undefined if there is none. */
export function fileOf(change: CommittedChange | SubmittedChange): string | undefined {
  return isFileChange(change) ? change.file : undefined
}

/** Content that may be stored as a blob beside a commit. */
export type Content = string | TextOp

/**
 * The content of a change: what is replaced by a reference when it is large, and is needed to apply the
 * change. Null for a change without content. A removal counts as such: its text is not needed to apply it.
 */
export function contentOf(change: SubmittedChange): Content | null
export function contentOf(change: CommittedChange): Content | BlobRef | null
export function contentOf(change: CommittedChange | SubmittedChange): Content | BlobRef | null {
  switch (change.type) {
    case 'edit':
      return change.op
    case 'create':
      return change.text
    case 'rename':
    case 'remove':
    case 'revive':
    case 'chat':
    case 'role':
    case 'kick':
    case 'ban':
    case 'guests':
    case 'invite':
    case 'revoke':
    case 'mode':
    case 'access':
    case 'chatting':
    case 'close':
      return null
  }
}
