/**
 * The messages of `edgeroom.v1` as types: what a client may send and what a room answers, one JSON object
 * per frame. Their rules, with ids, are specified in docs/protocol.md. Nothing here validates anything: a
 * frame becomes one of these types only through `decode-client.ts` or `decode-server.ts`.
 *
 * Positions and lengths in ops and selections are points (Unicode code points).
 *
 * Long because it is the whole wire format in one place: types alone, each looked up by its name.
 */
import type { TextOp } from '../text/op.ts'
import type { ClientLimits, RateKind } from './limits.ts'

/** Protocol version, sent in `hello` and `welcome`. */
export const PROTOCOL = 1
/** WebSocket subprotocol for this version. */
export const SUBPROTOCOL = 'edgeroom.v1'
/** Frames that the platform answers itself, so a ping does not wake the room. */
export const PING = 'ping'
export const PONG = 'pong'

/**
 * Replaces a text or op that is too large for a commit. The content is stored separately and sent on
 * request.
 */
export interface BlobRef {
  readonly blob: string
  /** Points and checksum of the content as a string. */
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
  /**
   * Path of the file at removal; set by the room. Missing, like `was`, in removals made before rooms set it.
   */
  readonly path?: string
  /** The file's last text, from which it can be revived; set by the room. Not needed to apply the change. */
  readonly was?: string | BlobRef
}

/**
 * Asks the room to bring back the file that commit `seq` removed. Only submitted; the commit contains a
 * `create` instead.
 */
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

/** The owner may do everything, an editor may change files, a viewer may look and chat. */
export type Role = 'owner' | 'editor' | 'viewer'
/**
 * `open`: everybody with edit rights may edit. `classroom`: only the owner and users made editors in this
 * room.
 */
export type Mode = 'open' | 'classroom'
/** What somebody with only the room's address may do. */
export type Access = 'private' | 'view' | 'edit'

/** Gives a user a role in this room, whatever their token says. `owner` hands the room over. */
export interface RoleChange {
  readonly type: 'role'
  readonly user: string
  readonly role: Role
  /** The user's name at that time, if the room knew it; set by the room. */
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

/** Removes a user at once. Their existing tokens no longer let them back in. */
export interface KickChange {
  readonly type: 'kick'
  readonly user: string
  /** Unix ms; set by the room. */
  readonly at?: number
}

/** Closes the room to everybody but its owner, or reopens it. */
export interface CloseChange {
  readonly type: 'close'
  readonly closed: boolean
}

/** Bans a user whatever token they present, or lifts the ban. */
export interface BanChange {
  readonly type: 'ban'
  readonly user: string
  readonly on: boolean
  /** Unix ms; set by the room. */
  readonly at?: number
  /** The user's name at that time, if the room knew it; set by the room. */
  readonly name?: string
}

/** Admits guests as far as `access` allows, or keeps all guests out. */
export interface GuestsChange {
  readonly type: 'guests'
  readonly on: boolean
}

/**
 * A token that the deployment signed for this room. Created only by the room's own API; the token itself is
 * never logged.
 */
export interface InviteChange {
  readonly type: 'invite'
  /** The token's `jti`. */
  readonly token: string
  readonly user: string
  readonly name: string
  readonly role: Role
  /** Unix ms. */
  readonly expires: number
  /** When the token was signed, in Unix ms by the room's clock. */
  readonly at: number
}

/** Revokes one token that the deployment signed for this room or, without `token`, all of them. */
export interface RevokeChange {
  readonly type: 'revoke'
  readonly token?: string
  /** Unix ms; set by the room. */
  readonly at?: number
}

export interface ChatChange {
  readonly type: 'chat'
  readonly text: string
  /** The user's name at that time; set by the room. */
  readonly name?: string
}

export type FileChange = EditChange | CreateChange | RenameChange | RemoveChange
/** Changes who may do what. Only the owner may submit one. */
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

/** A change with its content inline, as it is transformed and applied. */
export type Change = FileChange | PolicyChange | ChatChange
/** A change as a client submits it. */
export type SubmittedChange = Change | ReviveChange
/** A file change as a commit carries it: large content is referenced, not inlined. */
export type CommittedFileChange =
  | EditChange<TextOp | BlobRef>
  | CreateChange<string | BlobRef>
  | RenameChange
  | RemoveChange
export type CommittedChange = CommittedFileChange | PolicyChange | ChatChange

/** Who may do what in a room. Part of the room's state: the fold of its policy changes. Plain JSON. */
export interface Policy {
  /** User that owns the room; null for rooms made before rooms had owners. */
  readonly owner: string | null
  readonly mode: Mode
  readonly access: Access
  readonly chatting: boolean
  readonly closed: boolean
  /** Roles given in the room, by user. */
  readonly members: Readonly<Record<string, Member>>
  /** Users that were removed, and when (Unix ms). Tokens issued before that are refused. */
  readonly kicked: Readonly<Record<string, number>>
  /** Banned users: since when (Unix ms), and their name at that time. */
  readonly banned: Readonly<Record<string, { readonly at: number; readonly name: string }>>
  /** Whether guests are admitted as far as `access` allows. */
  readonly guests: boolean
  /** Valid tokens that the deployment signed for this room, by id. */
  readonly invitations: Readonly<Record<string, Invitation>>
  /** Unix ms. Deployment tokens issued before this are refused; 0 if they were never revoked as a whole. */
  readonly revokedAt: number
}

/** A token that was issued for a room. The token cannot be reconstructed from this. */
export interface Invitation {
  readonly user: string
  readonly name: string
  readonly role: Role
  /** When the token was signed, Unix ms. */
  readonly at: number
  /** Unix ms. */
  readonly expires: number
}

export interface Member {
  readonly role: Exclude<Role, 'owner'>
  readonly name: string
}

/** What one submission became in a commit. For the room's own API, `n` is 0 and the client is `api`. */
export interface Entry<C = CommittedChange> {
  readonly client: string
  readonly n: number
  readonly user: string
  readonly changes: readonly C[]
}

/**
 * One step of the room's log. `sums` has the checksum of each text that the commit changed and did not
 * remove.
 */
export interface Commit<C = CommittedChange> {
  readonly type: 'commit'
  readonly seq: number
  /** Unix ms, by the room's clock. */
  readonly at: number
  readonly entries: readonly Entry<C>[]
  readonly sums: Readonly<Record<string, number>>
}

/** A file as listed. `revision` is the seq of the last commit that changed it. */
export interface FileInfo {
  readonly file: string
  readonly path: string
  readonly revision: number
}

/** Anchor and head of a selection, in points. */
export type Selection = readonly [anchor: number, head: number]

/** Where somebody is. Never logged; gone with the connection. */
export interface Whereabouts {
  readonly file: string | null
  readonly selections: readonly Selection[]
  /** First and last visible point of the text. */
  readonly viewport?: Selection
  /** Free for the application: small JSON. */
  readonly data?: Readonly<Record<string, unknown>>
}

export interface Peer extends Whereabouts {
  readonly session: string
  readonly client: string
  readonly user: string
  readonly name: string
  readonly role: Role
}

// ── client to room ────────────────────────────────────────────────────────────────────────────────────────

export interface Hello {
  readonly type: 'hello'
  readonly protocol: number
  readonly client: string
  /** The last seq this client has processed, and the epoch it belongs to. */
  readonly since?: number
  readonly epoch?: string
  /** `at` of that commit, so that the room can check that both mean the same commit. */
  readonly at?: number
  /** Whether a frame to this client may have several messages, one per line. */
  readonly lines?: boolean
  /** Path of a file whose text is wanted with the welcome. */
  readonly open?: string
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

/** Positions refer to the committed text of `file` at `seq`. */
export interface SetPresence extends Whereabouts {
  readonly type: 'presence'
  readonly seq: number
}

/**
 * Reports that after commit `seq` a text's checksum differs from the commit's, with what the client knows
 * about the cause.
 */
export interface Desync {
  readonly type: 'desync'
  readonly file: string
  readonly seq: number
  /** The last seq at which the text was known to match the room's. */
  readonly good: number
  /** Checksum and points of the client's committed text after that commit. */
  readonly sum: number
  readonly points: number
  /** The text itself, before and after that commit. */
  readonly before?: string
  readonly text?: string
  /** That commit's edits of the file, as the client applied them. */
  readonly ops?: readonly TextOp[]
}

/** A newer token for the same user, replacing one that is about to expire. */
export interface Auth {
  readonly type: 'auth'
  readonly token: string
}

export type ClientMessage = Hello | Submit | Open | FetchBlob | SetPresence | Desync | Auth

// ── room to client ────────────────────────────────────────────────────────────────────────────────────────

export interface Welcome {
  readonly type: 'welcome'
  readonly protocol: number
  readonly room: string
  readonly epoch: string
  /** The room's seq. When `resumed`, the commits after the client's `since` follow, up to this seq. */
  readonly seq: number
  readonly session: string
  readonly user: string
  readonly name: string
  /** This user's current role here. */
  readonly role: Role
  /** Role given by the token, or null. Together with `policy` it determines `role`. */
  readonly granted: Role | null
  /** When the token expires, Unix ms; null if it does not. */
  readonly expires: number | null
  /** As of `seq`. */
  readonly policy: Policy
  /** Limits of the deployment; rooms of an older version omit them. */
  readonly limits?: ClientLimits
  /** Last `n` of this client that was committed, 0 if none. */
  readonly n: number
  readonly resumed: boolean
  /** `at` of commit `seq`, Unix ms; omitted if the room does not know it. */
  readonly at?: number
  /** All files, unless `resumed`. */
  readonly files: readonly FileInfo[]
  /** The file that the hello asked to open: its text follows. Omitted if there is no file at that path. */
  readonly opening?: string
  /** Everybody else in the room. */
  readonly peers: readonly Peer[]
}

/** The text of a file at `seq`. */
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
  /** Sessions that have left. */
  readonly left: readonly string[]
}

/** Submission `n` had already been committed, in commit `seq`. */
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

/** A request failed; `about` is the requested file or blob. */
export interface Failure {
  readonly type: 'error'
  /**
   * `text_unavailable`: the text cannot be read at the moment; the room retries and sends it later.
   * `text_lost`: the text is gone, since the database lost it.
   */
  readonly code: 'no_such_file' | 'no_such_blob' | 'text_unavailable' | 'text_lost'
  readonly about: string
  readonly message: string
}

/**
 * A warning: a client that keeps sending this much is closed with 4429. The message that caused it was
 * accepted.
 */
export interface TooFast {
  readonly type: 'error'
  readonly code: 'too_fast'
  readonly about: RateKind
  /** Allowed cost per second. */
  readonly perSecond: number
  readonly message: string
}

/** A presence message exceeded its limit and was dropped; others still see the previous one. */
export interface PresenceTooLarge {
  readonly type: 'error'
  readonly code: 'presence_too_large'
  readonly about: 'presence'
  readonly message: string
}

/** A newer token was accepted. */
export interface Authenticated {
  readonly type: 'auth'
  readonly granted: Role | null
  readonly expires: number | null
}

/** The room no longer has this client's past: reconnect without `since`. */
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

/** Why a submission was refused. docs/protocol.md explains what each code means for the user. */
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
