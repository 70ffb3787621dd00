/**
 * The public surface of the SDK: what an application and an editor binding see. Positions here are UTF-16 units,
 * as editors count; points stay inside. No socket, no protocol message and no timer shows through.
 */
import type { ClientLimits } from '../core/protocol/limits.ts'
import type { Access, Mode, Policy, RejectCode, Role } from '../core/protocol/messages.ts'
import type { LostText, Piece } from '../core/replica/effects.ts'
import type { Edit } from '../core/text/edits.ts'
import type { HeldCopy, RoomStorage } from './offline/storage.ts'
import type {
  ChatMessage,
  Followed,
  InvitationInfo,
  OwnToken,
  PeerInfo,
  PersonInfo,
  Whereabouts,
} from './types-people.ts'

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
 * `connecting` before the first welcome; `stalled` while the room does not answer what was sent, over a connection that nobody has ended;
 * `reconnecting` after a loss; `offline` while the network is away (work goes on here, and waits); `refused` by the room, for good
 * (`reason` says why); `closed` by `close()`.
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
  /** Changes made here that are not acked yet. */
  readonly pending: number
  /** Why the connection was lost or closed, in words for a person; null while all is well. */
  readonly reason: string | null
  /** The close code of the last loss, if there was one. */
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
  /** Where it was. */
  readonly path: string
  /** The commit that removed it. */
  readonly seq: number
  /** When that was, Unix ms by the room's clock. */
  readonly at: number
  readonly user: string
}

/** A change of one file's text. Positions refer to the text before the change. */
export interface TextChange {
  readonly edits: readonly Edit[]
  /** `local`: made here; `undo`: one of ours was undone or redone; `remote`: by somebody else; `rollback`: a change of ours was refused; `resync`: the room's text was taken over. */
  readonly origin: 'local' | 'undo' | 'remote' | 'rollback' | 'resync'
  /** Whose change it is; null for `resync`. */
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
  /** `ended`: the room was over before it had this. */
  readonly code: RejectCode | 'ended'
  /** What happened and what to do, for a person. */
  readonly message: string
  /** What was refused; for edits `text` holds what had been typed, so that nothing is lost silently. */
  readonly changes: readonly {
    readonly type: ChangeType
    /** Empty for changes that are of no file. */
    readonly file: string
    readonly path: string
    /** What had been typed, created or said. */
    readonly text?: string
  }[]
  /** The texts in which it had been typed, whole, and where in them it stood. Of a file whose creation was refused, `changes` says all. */
  readonly texts: readonly LostText[]
  /** Of `ended`: whether it is also in the storage still, and the next `connect` of this user sends it. */
  readonly kept?: boolean
}

/** Work done here that can never reach the room: here it is, so that it can be offered to the person who did it. */
export interface Unsynced extends LostText {
  /**
   * `file_removed`: the file is gone. `conflict`: the room changed the same place while we were away for too long. `ended`: the room
   * was over before it had this. `other_user`: the token has become another user's while this was on its way, so that the room may
   * have it in the name of the user from before.
   */
  readonly reason: 'file_removed' | 'conflict' | 'ended' | 'other_user'
  /** What happened, for a person. */
  readonly message: string
  /** Of `ended`: whether it is also in the storage still, and the next `connect` of this user sends it. */
  readonly kept?: boolean
}

export interface RoomEvents {
  status: (status: StatusInfo) => void
  peers: (peers: readonly PeerInfo[]) => void
  files: (files: readonly FileEntry[]) => void
  /** Is kept until somebody listens, as `unsynced` is. */
  rejected: (rejection: Rejection) => void
  /** Who may do what is another: `me.role`, `canEdit`, `policy`, `people`. */
  policy: (policy: Policy) => void
  chat: (message: ChatMessage) => void
  /** Where the one is who is followed; null when nobody is any more, by `follow(null)` or because they left. */
  follow: (followed: Followed | null) => void
  /** What can be undone and redone is another. */
  history: () => void
  /** Is kept until somebody listens, also over a reload where there is a storage. */
  unsynced: (unsynced: Unsynced) => void
  error: (error: Error) => void
}

export interface FileEvents {
  /**
   * One change after another, each to all listeners before the next. While a change is told, `text`, `edit`, `peers` and `setPresence`
   * speak of the text right after it. An edit made then comes last: what has happened already is told first.
   */
  change: (change: TextChange) => void
  /** The file is gone: removed by somebody, or its creation was refused. */
  removed: () => void
}

export interface OpenFile {
  readonly file: string
  readonly path: string
  /** The local text, own pending edits included. */
  readonly text: string
  readonly removed: boolean
  /**
   * Changes the text, at once here and soon everywhere. All positions refer to the text before the call.
   * @throws EditError (`code` says why) and changes nothing, when an edit does not fit the text; SdkError `file_too_large`, likewise,
   * when the text would be larger than the deployment allows, and larger than it is (in a transaction: at its end)
   */
  edit(edits: readonly Edit[]): void
  /** Listens; the answer stops listening. */
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
    /** What this user may do; null before the room has said so. */
    readonly role: Role | null
  }
  /** Everybody here, by user, this user first. */
  readonly people: readonly PersonInfo[]
  /**
   * Whether this user may change files now; otherwise each change throws SdkError `forbidden`. While the room has not been reached, it is
   * assumed; once it is over (`refused`, `closed`), nobody may.
   */
  readonly canEdit: boolean
  /** Who may do what; null before the room has said so. */
  readonly policy: Policy | null
  readonly status: StatusInfo
  /** What the deployment allows; null before the room has said so. What exceeds it is refused here, at once. */
  readonly limits: ClientLimits | null
  /** Opens a file by path. Rejects with SdkError `no_such_file` when there is none. */
  open(path: string): Promise<OpenFile>
  /**
   * Creates a file and answers its id. Lines end in LF: CRLF and CR are turned into it.
   * @throws SdkError `bad_path`, `path_taken`, `bad_text`, `file_too_large` or `too_many_files`
   */
  create(path: string, text: string): string
  rename(from: string, to: string): void
  remove(path: string): void
  /** What was removed while this client was here and is not back, by whomever, the newest first. `files` tells when it changes. */
  readonly removed: readonly RemovedFile[]
  /**
   * Brings a removed file back, with its id and its text: where it was, or beside that where the path is taken (`a (2).txt`). What
   * the room refuses is told as `rejected`.
   * @param removed one of `removed` or `removals`
   * @throws SdkError `file_exists` when it is here already
   */
  revive(removed: Pick<RemovedFile, 'file' | 'path' | 'seq'>): void
  /**
   * What was removed before commit `before` (by default: up to now), the newest last, at most 50 files and a few; none when that was all.
   * Files that are back are listed too. Rejects like `chat`.
   */
  removals(page?: { readonly before?: number }): Promise<readonly RemovedFile[]>
  /**
   * Everything changed inside becomes one commit: all of it or nothing.
   * @param changes makes its changes before it returns
   * @throws what `changes` throws; SdkError `async_transaction` when it answers a promise, `file_too_large`, `too_many_changes` or
   *   `submission_too_large`; nothing is changed then
   */
  transact(changes: () => void): void
  /**
   * Says where this user is; what is left out stays as it was.
   * @throws SdkError `presence_too_large` (`room.limits`), `bad_presence`; nothing is changed and nothing is sent then
   */
  setPresence(whereabouts: Whereabouts): void
  /**
   * Keeps telling where a user is, by `follow` events, the first of them at once; null stops. Who went may be back within 5 s, and is still
   * followed then. Answers false, and changes nothing, when they are not here or are this user.
   */
  follow(user: string | null): boolean
  /** The user who is followed. */
  readonly following: string | null
  /**
   * Says something to everybody: plain text. What the room refuses is told as `rejected`.
   * @throws SdkError `bad_text` when it says nothing, `chat_too_long` above 4,000 units; `too_fast` after a warning of the room
   */
  say(text: string): void
  /**
   * What was said before commit `before` (by default: up to now), the newest last, at most 50 messages and a few; none when that was all.
   * Rejects with SdkError `unauthenticated`, `forbidden`, `closed_by_owner` or `unreachable`.
   */
  chat(page?: { readonly before?: number }): Promise<readonly ChatMessage[]>
  /**
   * Takes back this user's last change, all files that it changed together, with what others did in between left in place.
   * Answers false when there is none.
   * @param file only changes that touch this file (its id) count
   */
  undo(file?: string): boolean
  redo(file?: string): boolean
  canUndo(file?: string): boolean
  canRedo(file?: string): boolean

  // For the owner. What somebody else asks for is refused, and told as `rejected`.

  /**
   * Makes somebody editor or viewer, whatever their token says, or hands the room over to them (`owner`).
   * @throws SdkError `bad_user` for an id that no user can have
   */
  setRole(user: string, role: Role): void
  setMode(mode: Mode): void
  setAccess(access: Access): void
  setChatting(on: boolean): void
  /** Removes somebody: they are out at once, and not back without a new token. @throws SdkError `bad_user` */
  kick(user: string): void
  /** Keeps somebody out for good, whatever token they come with, until `unban`. @throws SdkError `bad_user` */
  ban(user: string): void
  /** Lets somebody come again who was banned, or removed. @throws SdkError `bad_user` */
  unban(user: string): void
  /** Lets guests in, as far as the access of the room goes, or keeps all of them out: a guest can always be another one. */
  setGuests(on: boolean): void
  /** The tokens that were signed for this room, the oldest first. The event `policy` says when it changes. */
  readonly invitations: readonly InvitationInfo[]
  /** Takes one of `invitations` back: whoever came with it is out at once. @throws SdkError `bad_invitation` for what is no id */
  revokeInvitation(id: string): void
  /**
   * Takes back every token that the deployment signed for this room, this user's own too; the room stays connected with the one that it
   * answers. Keep that one for the next time, where the token was kept. Rejects like `chat`.
   */
  revokeAll(): Promise<OwnToken>
  /** Closes the room to everybody but the owner, or opens it again. */
  setClosed(closed: boolean): void

  /** Resolves when everything done here is acked, which means durable. Rejects when the room closes first. */
  settled(): Promise<void>
  on<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): () => void
  /**
   * Ends it. From now on changes throw; what was done before is sent first, and its acks are waited for, 2 s at most. What the room has
   * not got by then stays in the storage for the next `connect`, or is handed back (`unsynced`, `rejected`) where there is none.
   * @returns a promise that resolves when all of that is done; the same one each time
   */
  close(options?: CloseOptions): Promise<void>
}

export interface CloseOptions {
  /** Sends nothing and waits for nothing: what the room has not got is handed back, and is kept nowhere. */
  readonly discard?: boolean
}
