/**
 * The public types of the SDK, for applications and editor bindings. Positions are UTF-16 units, as editors
 * count them; code points stay inside the SDK. Sockets, protocol messages and timers must not appear here.
 */
import type { ClientLimits } from '../core/protocol/limits.ts'
import type { Access, Mode, Policy, RejectCode, Role } from '../core/protocol/messages.ts'
import type { LostText, Piece } from '../core/replica/effects.ts'
import type { Edit } from '../core/text/edits.ts'
import type { HeldCopy, RoomStorage } from './offline/storage.ts'
import type { Rejection, TextChange, Unsynced } from './types-changes.ts'
import type {
  ChatMessage,
  Followed,
  InvitationInfo,
  OwnToken,
  PeerInfo,
  PersonInfo,
  Whereabouts,
} from './types-people.ts'

export type * from './types-changes.ts'
export type * from './types-connect.ts'
export type * from './types-people.ts'
export type {
  Access,
  ClientLimits,
  Edit,
  HeldCopy,
  LostText,
  Mode,
  Piece,
  Policy,
  RejectCode,
  Role,
  RoomStorage,
}

/**
 * - `connecting`: before the first welcome
 * - `stalled`: the connection is open, but the room does not answer what was sent
 * - `reconnecting`: the connection was lost
 * - `offline`: there is no network; changes are still accepted here, and sent later
 * - `refused`: the room refused this client, permanently (`reason` says why)
 * - `closed`: by `close()`
 */
export type RoomStatus =
  | 'connecting'
  | 'connected'
  | 'stalled'
  | 'reconnecting'
  | 'offline'
  | 'refused'
  | 'closed'

export interface StatusInfo {
  readonly status: RoomStatus
  /** Number of local changes that are not acked yet. */
  readonly pending: number
  /** Why the connection was lost or closed, for display; null if there is nothing to report. */
  readonly reason: string | null
  /** The close code of the last loss, if any. */
  readonly code: number | null
}

export interface FileEntry {
  readonly file: string
  readonly path: string
  readonly revision: number
}

/** A file that was removed. */
export interface RemovedFile {
  readonly file: string
  /** Its last path. */
  readonly path: string
  /** The seq of the commit that removed it. */
  readonly seq: number
  /** Time of the removal: Unix ms by the room's clock. */
  readonly at: number
  readonly user: string
}

export interface RoomEvents {
  status: (status: StatusInfo) => void
  peers: (peers: readonly PeerInfo[]) => void
  files: (files: readonly FileEntry[]) => void
  /** Queued until there is a listener, like `unsynced`. */
  rejected: (rejection: Rejection) => void
  /** The policy or this user's role changed: `me.role`, `canEdit`, `policy`, `people`. */
  policy: (policy: Policy) => void
  chat: (message: ChatMessage) => void
  /** Position of the followed user; null when following ended, by `follow(null)` or because they left. */
  follow: (followed: Followed | null) => void
  /** The undo or redo stack changed: `canUndo`, `canRedo`. */
  history: () => void
  /** Queued until there is a listener; with a storage, also across a reload. */
  unsynced: (unsynced: Unsynced) => void
  error: (error: Error) => void
}

export interface FileEvents {
  /**
   * Changes arrive one at a time: all listeners get one before any gets the next. During the event, `text`,
   * `edit`, `peers` and `setPresence` refer to the text right after that change. An edit made by a listener
   * is applied last: changes that are already queued are emitted first.
   */
  change: (change: TextChange) => void
  /** The file is gone: it was removed, or its creation was refused. */
  removed: () => void
}

export interface OpenFile {
  readonly file: string
  readonly path: string
  /** The local text, including this client's pending edits. */
  readonly text: string
  readonly removed: boolean
  /**
   * Changes the text: locally at once, in the room when sent. All positions refer to the text before the
   * call. When it throws, nothing is changed.
   * @throws EditError when an edit does not fit the text (`code` says why); SdkError `file_too_large` when
   *   the text would grow beyond the limit of the deployment (in a transaction: checked at its end)
   */
  edit(edits: readonly Edit[]): void
  /** Adds a listener. Returns a function that removes it. */
  on<E extends keyof FileEvents>(event: E, listener: FileEvents[E]): () => void
}

export interface Room {
  readonly name: string
  readonly files: readonly FileEntry[]
  readonly peers: readonly PeerInfo[]
  readonly me: {
    readonly user: string
    readonly name: string
    readonly color: string
    readonly session: string
    /** This user's role; null until the room has sent it. */
    readonly role: Role | null
  }
  /** Everybody in the room, one entry per user, this user first. */
  readonly people: readonly PersonInfo[]
  /**
   * Whether this user may change files now. If not, each change throws SdkError `forbidden`. True until the
   * room was reached; false once the room has ended (`refused`, `closed`).
   */
  readonly canEdit: boolean
  /** Roles, mode and access of the room; null until the room has sent it. */
  readonly policy: Policy | null
  readonly status: StatusInfo
  /**
   * The limits of the deployment; null until the room has sent them. They are checked locally, before
   * sending.
   */
  readonly limits: ClientLimits | null
  /** Opens a file by path. Rejects with SdkError `no_such_file` when there is none. */
  open(path: string): Promise<OpenFile>
  /**
   * Creates a file and returns its id. Line ends are normalized to LF.
   * @throws SdkError `bad_path`, `path_taken`, `bad_text`, `file_too_large` or `too_many_files`
   */
  create(path: string, text: string): string
  rename(from: string, to: string): void
  remove(path: string): void
  /**
   * Files removed by anybody since this client joined and not revived, newest first. The `files` event
   * fires when it changes.
   */
  readonly removed: readonly RemovedFile[]
  /**
   * Brings a removed file back, with its id and text, at its old path; if that is taken, beside it (`a
   * (2).txt`). If the room refuses, `rejected` is emitted.
   * @param removed an entry of `removed` or `removals`
   * @throws SdkError `file_exists` when the file is already there
   */
  revive(removed: Pick<RemovedFile, 'file' | 'path' | 'seq'>): void
  /**
   * One page of removed files: those removed before commit `before` (default: up to now), newest last. A
   * page has about 50 files; an empty one is the end. Includes files that were revived. Rejects like
   * `chat`.
   */
  removals(page?: { readonly before?: number }): Promise<readonly RemovedFile[]>
  /**
   * Makes all changes of the callback one commit: all or nothing.
   * @param changes must make its changes before it returns
   * @throws what `changes` throws; SdkError `async_transaction` when it returns a promise, `file_too_large`,
   *   `too_many_changes` or `submission_too_large`. When it throws, nothing is changed
   */
  transact(changes: () => void): void
  /**
   * Updates this user's presence. Omitted fields keep their value.
   * @throws SdkError `presence_too_large` (see `room.limits`) or `bad_presence`; nothing is changed or sent
   *   then
   */
  setPresence(whereabouts: Whereabouts): void
  /**
   * Emits `follow` events with a user's position, the first at once; null stops. A user who leaves and
   * comes back within 5 s is still followed. Returns false, and changes nothing, when the user is not in
   * the room or is this user.
   */
  follow(user: string | null): boolean
  /** The followed user's id, or null. */
  readonly following: string | null
  /**
   * Sends a chat message (plain text) to everybody. If the room refuses, `rejected` is emitted.
   * @throws SdkError `bad_text` when it is blank; `chat_too_long` above 4,000 units; `too_fast` after the
   *   room has sent a warning
   */
  say(text: string): void
  /**
   * One page of chat: messages before commit `before` (default: up to now), newest last. A page has about 50
   * messages; an empty one is the end.
   * Rejects with SdkError `unauthenticated`, `forbidden`, `closed_by_owner` or `unreachable`.
   */
  chat(page?: { readonly before?: number }): Promise<readonly ChatMessage[]>
  /**
   * Undoes this user's last change in all files it touched. Changes of others stay. Returns false when
   * there is nothing to undo.
   * @param file id of a file: only changes that touch it are considered
   */
  undo(file?: string): boolean
  redo(file?: string): boolean
  canUndo(file?: string): boolean
  canRedo(file?: string): boolean

  // For the owner. For anybody else the room refuses, and `rejected` is emitted.

  /**
   * Makes a user editor or viewer, whatever their token says, or transfers the room to them (`owner`).
   * @throws SdkError `bad_user` when no user can have this id
   */
  setRole(user: string, role: Role): void
  setMode(mode: Mode): void
  setAccess(access: Access): void
  setChatting(on: boolean): void
  /** Disconnects a user, who can return only with a newer token. @throws SdkError `bad_user` */
  kick(user: string): void
  /** Keeps a user out, whatever token they have, until `unban`. @throws SdkError `bad_user` */
  ban(user: string): void
  /** Lifts a ban or a kick. @throws SdkError `bad_user` */
  unban(user: string): void
  /**
   * Admits guests, within the access of the room, or none. A banned guest can return as another guest.
   */
  setGuests(on: boolean): void
  /** The tokens signed for this room, oldest first. The `policy` event fires when it changes. */
  readonly invitations: readonly InvitationInfo[]
  /**
   * Revokes an invitation and disconnects its users.
   * @throws SdkError `bad_invitation` when it is not an id
   */
  revokeInvitation(id: string): void
  /**
   * Revokes every token that the deployment signed for this room, including this user's own. The room stays
   * connected with the new token that this resolves with: store it in place of the old one. Rejects like
   * `chat`.
   */
  revokeAll(): Promise<OwnToken>
  /** Closes the room to everybody but the owner, or reopens it. */
  setClosed(closed: boolean): void

  /** Resolves when all local changes are acked, that is, durable. Rejects when the room closes first. */
  settled(): Promise<void>
  on<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): () => void
  /**
   * Ends the room. Further changes throw. Pending changes are sent, and their acks awaited for at most 2 s.
   * What is not acked by then stays in the storage for the next `connect`, or without a storage is handed
   * back (`unsynced`, `rejected`).
   * @returns a promise that resolves when this is done; the same one for every call
   */
  close(options?: CloseOptions): Promise<void>
}

export interface CloseOptions {
  /** Sends nothing and waits for nothing: pending changes are handed back, and not stored. */
  readonly discard?: boolean
}
