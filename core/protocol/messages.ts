/**
 * The messages of `edgeroom.v1` as types: what a client may say and what a room answers, one JSON object a frame.
 * The rules that go with them, with their ids, stand in docs/protocol.md. Nothing here checks anything: frames
 * become these types only through `decode-client.ts` and `decode-server.ts`.
 *
 * Positions and lengths in ops and selections are points (Unicode code points).
 */
import type { TextOp } from '../text/op.ts'
import type { ClientLimits, RateKind } from './limits.ts'

/** The protocol's version, named in `hello` and `welcome`. */
export const PROTOCOL = 1
/** The WebSocket subprotocol of this version. */
export const SUBPROTOCOL = 'edgeroom.v1'
/** Frames that the platform answers by itself, so that a ping wakes nobody. */
export const PING = 'ping'
export const PONG = 'pong'

/** Stands where a text or op is too large for a commit; the content is stored beside it and sent on request. */
export interface BlobRef {
  readonly blob: string
  /** points and checksum of the content as a string */
  readonly points: number
  readonly sum: number
}

export interface RenameChange {
  readonly type: 'rename'
  readonly file: string
  readonly path: string
}

export interface RemoveChange {
  readonly type: 'remove'
  readonly file: string
  /** Where the file was; set by the room. Removals from before rooms did so lack it, and `was`. */
  readonly path?: string
  /** The text that it had, by which it can be brought back; set by the room. Nobody needs it to apply the change. */
  readonly was?: string | BlobRef
}

/** Asks the room to bring back the file that commit `seq` removed. Only submitted: the commit has a `create` in its place. */
export interface ReviveChange {
  readonly type: 'revive'
  readonly file: string
  readonly seq: number
}

export interface EditChange<Op = TextOp> {
  readonly type: 'edit'
  readonly file: string
  readonly op: Op
}

export interface CreateChange<Content = string> {
  readonly type: 'create'
  readonly file: string
  readonly path: string
  readonly text: Content
}

/** What somebody may do: the owner everything, an editor change files, a viewer look and chat. */
export type Role = 'owner' | 'editor' | 'viewer'
/** `open`: whoever has the rights edits; `classroom`: the owner, and those who were made editors in the room. */
export type Mode = 'open' | 'classroom'
/** What somebody may do who has the room's address alone. */
export type Access = 'private' | 'view' | 'edit'

/** Gives a user a role in this room, whatever their token says. `owner` hands the room over. */
export interface RoleChange {
  readonly type: 'role'
  readonly user: string
  readonly role: Role
  /** What the user was called then, where the room knew; set by the room. */
  readonly name?: string
}

export interface ModeChange {
  readonly type: 'mode'
  readonly mode: Mode
}

export interface AccessChange {
  readonly type: 'access'
  readonly access: Access
}

/** Switches chat on or off for everybody but the owner. */
export interface ChattingChange {
  readonly type: 'chatting'
  readonly on: boolean
}

/** Removes a user: gone at once, and not back with a token from before. */
export interface KickChange {
  readonly type: 'kick'
  readonly user: string
  /** ms since the epoch of Unix; set by the room */
  readonly at?: number
}

/** Closes the room to everybody but its owner, or opens it again. */
export interface CloseChange {
  readonly type: 'close'
  readonly closed: boolean
}

/** Keeps a user out for good, whatever they come with, or lets them come again. */
export interface BanChange {
  readonly type: 'ban'
  readonly user: string
  readonly on: boolean
  /** Unix ms; set by the room */
  readonly at?: number
  /** What the user was called then, where the room knew; set by the room. */
  readonly name?: string
}

/** Lets guests in as far as `access` says, or keeps all of them out. */
export interface GuestsChange {
  readonly type: 'guests'
  readonly on: boolean
}

/** A token that the deployment has signed for this room. Made by the room's own API alone; the token itself is in no log. */
export interface InviteChange {
  readonly type: 'invite'
  /** The id of the token: its `jti`. */
  readonly token: string
  readonly user: string
  readonly name: string
  readonly role: Role
  /** Unix ms */
  readonly expires: number
  /** When it was made, Unix ms by the room's clock. */
  readonly at: number
}

/** Takes back one token that the deployment signed for this room or, without `token`, all of them. */
export interface RevokeChange {
  readonly type: 'revoke'
  readonly token?: string
  /** Unix ms; set by the room */
  readonly at?: number
}

export interface ChatChange {
  readonly type: 'chat'
  readonly text: string
  /** What the user was called then; set by the room. */
  readonly name?: string
}

export type FileChange = EditChange | CreateChange | RenameChange | RemoveChange
/** Who may do what from now on: the owner's alone. */
export type PolicyChange =
  | RoleChange
  | ModeChange
  | AccessChange
  | ChattingChange
  | KickChange
  | BanChange
  | GuestsChange
  | InviteChange
  | RevokeChange
  | CloseChange

/** A change with all its content at hand: what is transformed and applied. */
export type Change = FileChange | PolicyChange | ChatChange
/** A change as a client asks for it. */
export type SubmittedChange = Change | ReviveChange
/** A change of a file as a commit carries it: large content is named, not carried. */
export type CommittedFileChange =
  | EditChange<TextOp | BlobRef>
  | CreateChange<string | BlobRef>
  | RenameChange
  | RemoveChange
export type CommittedChange = CommittedFileChange | PolicyChange | ChatChange

/** Who may do what in a room: part of its state, and the fold of its policy changes. Plain JSON. */
export interface Policy {
  /** The user that the room belongs to; null for a room that was made before rooms had owners. */
  readonly owner: string | null
  readonly mode: Mode
  readonly access: Access
  readonly chatting: boolean
  readonly closed: boolean
  /** Roles given in the room, by user. */
  readonly members: Readonly<Record<string, Member>>
  /** Who was removed, and when, in ms since the epoch of Unix: tokens from before that are not taken. */
  readonly kicked: Readonly<Record<string, number>>
  /** Who is kept out, since when (Unix ms), and what they were called then. */
  readonly banned: Readonly<Record<string, { readonly at: number; readonly name: string }>>
  /** Whether guests get in as far as `access` says. */
  readonly guests: boolean
  /** Tokens that the deployment has signed for this room and that are still good, by their ids. */
  readonly invitations: Readonly<Record<string, Invitation>>
  /** Unix ms: tokens of the deployment from before that are not taken; 0 where none was ever taken back so. */
  readonly revokedAt: number
}

/** A token that somebody was given for a room. It says nothing from which the token could be made. */
export interface Invitation {
  readonly user: string
  readonly name: string
  readonly role: Role
  /** When it was made, Unix ms. */
  readonly at: number
  /** Unix ms */
  readonly expires: number
}

export interface Member {
  readonly role: Exclude<Role, 'owner'>
  readonly name: string
}

/** What one submission became in a commit. `n` is 0 for entries of the room's own API, whose client is `api`. */
export interface Entry<C = CommittedChange> {
  readonly client: string
  readonly n: number
  readonly user: string
  readonly changes: readonly C[]
}

/** One step of the room's log. `sums` holds the checksum of each text that the commit changed and left in place. */
export interface Commit<C = CommittedChange> {
  readonly type: 'commit'
  readonly seq: number
  /** ms since the epoch of Unix, by the room's clock */
  readonly at: number
  readonly entries: readonly Entry<C>[]
  readonly sums: Readonly<Record<string, number>>
}

/** A file as the list shows it. `revision` is the seq of the last commit that changed it. */
export interface FileInfo {
  readonly file: string
  readonly path: string
  readonly revision: number
}

/** Anchor and head of a selection, in points. */
export type Selection = readonly [anchor: number, head: number]

/** Where somebody is: never in the log, gone with the connection. */
export interface Whereabouts {
  readonly file: string | null
  readonly selections: readonly Selection[]
  /** The first and the last point of the text that can be seen. */
  readonly viewport?: Selection
  /** free for the application: small JSON */
  readonly data?: Readonly<Record<string, unknown>>
}

export interface Peer extends Whereabouts {
  readonly session: string
  readonly client: string
  readonly user: string
  readonly name: string
  readonly role: Role
}

// ── client to room ────────────────────────────────────────────────────────────────────────────────────────────────

export interface Hello {
  readonly type: 'hello'
  readonly protocol: number
  readonly client: string
  /** The last seq this client has processed, with the epoch it belongs to. */
  readonly since?: number
  readonly epoch?: string
  /** `at` of that commit, by which the room tells whether it is the one that it has. */
  readonly at?: number
}

export interface Submit {
  readonly type: 'submit'
  readonly n: number
  readonly base: number
  readonly changes: readonly SubmittedChange[]
}

export interface Open {
  readonly type: 'open'
  readonly file: string
}

export interface FetchBlob {
  readonly type: 'blob'
  readonly blob: string
}

/** Positions count in the committed text of `file` at `seq`. */
export interface SetPresence extends Whereabouts {
  readonly type: 'presence'
  readonly seq: number
}

/** Commit `seq` left a text here with another checksum than it says. What the client can tell of how that came about. */
export interface Desync {
  readonly type: 'desync'
  readonly file: string
  readonly seq: number
  /** The last seq at which the text was known to be the room's. */
  readonly good: number
  /** checksum and points of the client's committed text after that commit */
  readonly sum: number
  readonly points: number
  /** the text itself, before that commit and after it */
  readonly before?: string
  readonly text?: string
  /** That commit's edits of the file, as the client took them. */
  readonly ops?: readonly TextOp[]
}

/** A newer token of the same user, in place of one that is about to expire. */
export interface Auth {
  readonly type: 'auth'
  readonly token: string
}

export type ClientMessage = Hello | Submit | Open | FetchBlob | SetPresence | Desync | Auth

// ── room to client ────────────────────────────────────────────────────────────────────────────────────────────────

export interface Welcome {
  readonly type: 'welcome'
  readonly protocol: number
  readonly room: string
  readonly epoch: string
  /** The room's seq. When `resumed`, the commits after the client's `since` follow up to it. */
  readonly seq: number
  readonly session: string
  readonly user: string
  readonly name: string
  /** What this user may do here now. */
  readonly role: Role
  /** What the token gives, or null; with `policy` it decides about `role`. */
  readonly granted: Role | null
  /** When the token expires, in ms since the epoch of Unix; null when it does not. */
  readonly expires: number | null
  /** As of `seq`. */
  readonly policy: Policy
  /** What the deployment allows; a room of an older version does not say. */
  readonly limits?: ClientLimits
  /** The last `n` of this client that was committed, 0 if none. */
  readonly n: number
  readonly resumed: boolean
  /** `at` of commit `seq`, in Unix ms; left out where the room does not know it. */
  readonly at?: number
  /** All files, unless `resumed`. */
  readonly files: readonly FileInfo[]
  /** Everybody else who is here. */
  readonly peers: readonly Peer[]
}

/** The text of a file as it stands at `seq`. */
export interface TextMessage {
  readonly type: 'text'
  readonly file: string
  readonly seq: number
  readonly text: string
}

export interface BlobMessage {
  readonly type: 'blob'
  readonly blob: string
  readonly content: string
}

export interface PresenceMessage {
  readonly type: 'presence'
  readonly seq: number
  readonly peers: readonly Peer[]
  /** sessions that are gone */
  readonly left: readonly string[]
}

/** Submission `n` had been committed before, as part of commit `seq`. */
export interface Ack {
  readonly type: 'ack'
  readonly n: number
  readonly seq: number
}

export interface Reject {
  readonly type: 'reject'
  readonly n: number
  readonly code: RejectCode
  readonly message: string
}

/** The request could not be met; `about` names the file or blob that was asked for. */
export interface Failure {
  readonly type: 'error'
  /**
   * `text_unavailable`: the text cannot be had just now; the room tries again, and sends it. `text_lost`: it cannot be had any more, since
   * the database lost it.
   */
  readonly code: 'no_such_file' | 'no_such_blob' | 'text_unavailable' | 'text_lost'
  readonly about: string
  readonly message: string
}

/** A warning: who goes on sending so much of a kind is closed with 4429. The message that led to it was taken. */
export interface TooFast {
  readonly type: 'error'
  readonly code: 'too_fast'
  readonly about: RateKind
  /** Tokens a second that there are for it. */
  readonly perSecond: number
  readonly message: string
}

/** A presence message was larger than it may be, and was dropped: everybody still sees the place from before. */
export interface PresenceTooLarge {
  readonly type: 'error'
  readonly code: 'presence_too_large'
  readonly about: 'presence'
  readonly message: string
}

/** A newer token was taken. */
export interface Authenticated {
  readonly type: 'auth'
  readonly granted: Role | null
  readonly expires: number | null
}

/** The room cannot serve this client's past: connect anew without `since`. */
export interface Resync {
  readonly type: 'resync'
}

export type ServerMessage =
  | Welcome
  | TextMessage
  | BlobMessage
  | Commit
  | PresenceMessage
  | Ack
  | Reject
  | Failure
  | TooFast
  | PresenceTooLarge
  | Authenticated
  | Resync

/** Why a submission was refused. What each means for the user stands in docs/protocol.md. */
export type RejectCode =
  | 'bad_base'
  | 'bad_text'
  | 'bad_path'
  | 'path_taken'
  | 'no_such_file'
  | 'file_exists'
  | 'no_such_removal'
  | 'past_gone'
  | 'op_out_of_range'
  | 'file_too_large'
  | 'too_many_files'
  | 'room_too_large'
  | 'too_many_changes'
  | 'submission_too_large'
  | 'too_many_members'
  | 'too_many_invitations'
  | 'forbidden'
  | 'owner_stays'
  | 'chat_off'
  | 'chat_too_long'
