/**
 * What a replica did, for its owner to pass on to the application: the replica itself calls nobody. Ops are
 * in points and apply to `before`, the previous local text.
 */
import type { Desync, RejectCode } from '../protocol/messages.ts'
import type { TextOp } from '../text/op.ts'
import type { Text } from '../text/text.ts'
import type { Draft } from './revival.ts'

export type Origin = 'local' | 'undo' | 'remote' | 'rollback' | 'resync'

export interface TextEffect {
  readonly type: 'text'
  readonly file: string
  readonly before: Text
  readonly op: TextOp
  readonly origin: Origin
  /** Author of the change; null for `resync`. */
  readonly user: string | null
  readonly client: string | null
}

/** The file list changed. */
export interface FilesEffect {
  readonly type: 'files'
}

/** An open file was removed. */
export interface RemovedEffect {
  readonly type: 'removed'
  readonly file: string
  /** Its last path. */
  readonly path: string
  readonly text: string
}

/** The room refused changes of this client. */
export interface RejectedEffect {
  readonly type: 'rejected'
  readonly code: RejectCode
  readonly message: string
  readonly changes: readonly LostChange[]
  /** The texts in which they were typed. */
  readonly texts: readonly LostText[]
}

/** A piece of text that was typed here and is not in the room. */
export interface Piece {
  /** UTF-16 units from the beginning of the whole text. */
  readonly at: number
  readonly text: string
}

/** A text with work that the room does not have. */
export interface LostText {
  readonly file: string
  readonly path: string
  /** The whole local text, including everything typed. */
  readonly text: string
  /** What was typed and is not in the room, in text order. */
  readonly typed: readonly string[]
  /** The same, with positions in the whole text. */
  readonly pieces: readonly Piece[]
}

/** All pending work, when there is no room left to send it to. */
export interface Left {
  /** Everything except edits of texts that the room has. */
  readonly changes: readonly LostChange[]
  readonly texts: readonly LostText[]
}

/** Pending items were renumbered: a saved copy must be saved again before any of them is sent. */
export interface RenumberedEffect {
  readonly type: 'renumbered'
}

export interface LostChange {
  readonly change: Draft
  readonly path: string
  /** What was typed or created. */
  readonly text: string | null
}

/**
 * Work of this client that can never reach the room, returned to the application so that nothing typed is
 * lost silently.
 */
export interface UnsyncedEffect extends LostText {
  readonly type: 'unsynced'
  /**
   * - `file_removed`: the file was removed.
   * - `conflict`: the room changed the same place, and the commits that did so are unavailable.
   * - `other_user`: it may have been committed as another user, who this client was before.
   */
  readonly reason: 'file_removed' | 'conflict' | 'other_user'
}

/**
 * The committed text is behind the room's and the commits between are unavailable: it must be fetched again.
 */
export interface StaleEffect {
  readonly type: 'stale'
  readonly file: string
}

/** The committed text differs from the room's: it must be fetched again. */
export interface DesyncEffect {
  readonly type: 'desync'
  readonly file: string
  readonly seq: number
  /** The report to send to the room. */
  readonly report: Desync
}

/** The policy, or this user's part in it, changed. */
export interface PolicyEffect {
  readonly type: 'policy'
}

/** A chat message. */
export interface ChatEffect {
  readonly type: 'chat'
  readonly seq: number
  /** Unix ms, by the room's clock. */
  readonly at: number
  readonly user: string
  readonly client: string
  readonly name: string
  readonly text: string
}

export type Effect =
  | TextEffect
  | FilesEffect
  | RemovedEffect
  | RejectedEffect
  | RenumberedEffect
  | UnsyncedEffect
  | StaleEffect
  | DesyncEffect
  | PolicyEffect
  | ChatEffect
