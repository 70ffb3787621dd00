/**
 * What kind of change one is, which file it is of, and what it carries. All of it follows from the type of the change, never from
 * which fields are there; a type that is missing here does not compile.
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

/** Whether a change is of a file. */
export function isFileChange<C extends { readonly type: ChangeType }>(
  change: C,
): change is Extract<C, OfFile> {
  return KINDS[change.type] === 'file'
}

/** Whether a change is of who may do what. */
export function isPolicyChange(change: CommittedChange): change is PolicyChange {
  return KINDS[change.type] === 'policy'
}

/** The id of the file that a change is of; undefined when it is of none. */
export function fileOf(change: CommittedChange | SubmittedChange): string | undefined {
  return isFileChange(change) ? change.file : undefined
}

/** What may lie beside a commit. */
export type Content = string | TextOp

/**
 * The content of a change: what is named in its place when it is large, and has to be at hand to apply it. Null for a change that has
 * none; so has a removal, whose text nobody needs who applies it.
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
