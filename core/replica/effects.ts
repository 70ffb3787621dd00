/**
 * What a replica did, for its owner to tell the application: the replica itself calls nobody. Ops are in points and
 * apply to `before`, the local text as it was.
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
  /** Whose change it is; null for `resync`. */
  readonly user: string | null
  readonly client: string | null
}

/** The list of files is another. */
export interface FilesEffect {
  readonly type: 'files'
}

/** An open file is gone. */
export interface RemovedEffect {
  readonly type: 'removed'
  readonly file: string
  /** what it was */
  readonly path: string
  readonly text: string
}

/** The room refused changes of this client. */
export interface RejectedEffect {
  readonly type: 'rejected'
  readonly code: RejectCode
  readonly message: string
  readonly changes: readonly LostChange[]
  /** The texts that it was typed in. */
  readonly texts: readonly LostText[]
}

/** Text that was typed here and is not in the room. */
export interface Piece {
  /** UTF-16 units, in the whole text */
  readonly at: number
  readonly text: string
}

/** A text with work in it that the room has not got. */
export interface LostText {
  readonly file: string
  readonly path: string
  /** The whole text as it stood here, with all that had been typed. */
  readonly text: string
  /** What had been typed and is not in the room, in the order of the text. */
  readonly typed: readonly string[]
  /** The same, with where each stands in the whole text. */
  readonly pieces: readonly Piece[]
}

/** All that waits when there is no room any more to take it. */
export interface Left {
  /** What is no edit of a text that the room has. */
  readonly changes: readonly LostChange[]
  readonly texts: readonly LostText[]
}

/** What waits has new numbers: a copy that was saved before has to be saved again before any of it is sent. */
export interface RenumberedEffect {
  readonly type: 'renumbered'
}

export interface LostChange {
  readonly change: Draft
  readonly path: string
  /** What had been typed or created */
  readonly text: string | null
}

/** Work of this client that can never reach the room, handed out so that nothing typed is lost silently. */
export interface UnsyncedEffect extends LostText {
  readonly type: 'unsynced'
  /**
   * `file_removed`: the file is gone. `conflict`: the room changed the same place, and the past that led
   * there is gone. `other_user`: it may have been committed in the name of another user, whom this client
   * was before.
   */
  readonly reason: 'file_removed' | 'conflict' | 'other_user'
}

/** The committed text here is behind the room's, and what came between cannot be had: it has to be fetched anew. */
export interface StaleEffect {
  readonly type: 'stale'
  readonly file: string
}

/** The committed text here is not the room's, as it should be: it has to be fetched anew. */
export interface DesyncEffect {
  readonly type: 'desync'
  readonly file: string
  readonly seq: number
  /** What the room is told of it. */
  readonly report: Desync
}

/** Who may do what here is another. */
export interface PolicyEffect {
  readonly type: 'policy'
}

/** Somebody said something. */
export interface ChatEffect {
  readonly type: 'chat'
  readonly seq: number
  /** ms since the epoch of Unix, by the room's clock */
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
