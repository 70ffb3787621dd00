/** Changes of texts as the SDK emits them, and lost work as it hands it back. Positions are UTF-16 units. */
import type { RejectCode } from '../core/protocol/messages.ts'
import type { LostText } from '../core/replica/effects.ts'
import type { Edit } from '../core/text/edits.ts'

/** A change of one file's text. Positions refer to the text before the change. */
export interface TextChange {
  readonly edits: readonly Edit[]
  /**
   * - `local`: made by this client
   * - `undo`: this client undid or redid a change
   * - `remote`: made by somebody else
   * - `rollback`: a change of this client was refused
   * - `resync`: the text was replaced with the room's
   */
  readonly origin: 'local' | 'undo' | 'remote' | 'rollback' | 'resync'
  /** The author; null for `resync`. */
  readonly user: string | null
  readonly client: string | null
}

export type ChangeType =
  | 'edit'
  | 'create'
  | 'rename'
  | 'remove'
  | 'revive'
  | 'role'
  | 'mode'
  | 'access'
  | 'chatting'
  | 'kick'
  | 'ban'
  | 'guests'
  | 'invite'
  | 'revoke'
  | 'close'
  | 'chat'

export interface Rejection {
  /** `ended`: the room ended before it received this. */
  readonly code: RejectCode | 'ended'
  /** What happened and what to do, for display. */
  readonly message: string
  /** What was refused. For edits, `text` has what was typed, so that nothing is lost silently. */
  readonly changes: readonly {
    readonly type: ChangeType
    /** Empty for changes that do not belong to a file. */
    readonly file: string
    readonly path: string
    /** The text that was typed, created or said. */
    readonly text?: string
  }[]
  /**
   * The complete texts that had the refused edits, and where in them the edits were. A file whose creation
   * was refused is in `changes` only.
   */
  readonly texts: readonly LostText[]
  /** With `ended`: whether it also remains in the storage, to be sent by this user's next `connect`. */
  readonly kept?: boolean
}

/** Local work that can never reach the room, handed back so that the user can recover it. */
export interface Unsynced extends LostText {
  /**
   * - `file_removed`: the file was removed
   * - `conflict`: the room changed the same place during a long disconnection
   * - `ended`: the room ended before it received this
   * - `other_user`: the token changed to another user while this was in flight; the room may have it, under
   *   the previous user's name
   */
  readonly reason: 'file_removed' | 'conflict' | 'ended' | 'other_user'
  /** What happened, for display. */
  readonly message: string
  /** With `ended`: whether it also remains in the storage, to be sent by this user's next `connect`. */
  readonly kept?: boolean
}
