/**
 * The public surface of the SDK: what an application and an editor binding see. Positions here are UTF-16 units,
 * as editors count; points stay inside. No socket, no protocol message and no timer shows through.
 */
import type { Access, Mode, Policy, RejectCode, Role } from '../core/protocol/messages.ts'
import type { Edit } from '../core/text/edits.ts'
import type { HeldCopy, RoomStorage } from './storage.ts'

export type { Access, Edit, HeldCopy, Mode, Policy, RejectCode, Role, RoomStorage }

/**
 * `connecting` before the first welcome; `reconnecting` after a loss; `offline` while the network is away (work goes on here, and
 * waits); `refused` by the room, for good (`reason` says why); `closed` by `close()`.
 */
export type RoomStatus = 'connecting' | 'connected' | 'reconnecting' | 'offline' | 'refused' | 'closed'

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

/** A change of one file's text. Positions refer to the text before the change. */
export interface TextChange {
  readonly edits: readonly Edit[]
  /** `local`: made here; `undo`: one of ours was undone or redone; `remote`: by somebody else; `rollback`: a change of ours was refused; `resync`: the room's text was taken over. */
  readonly origin: 'local' | 'undo' | 'remote' | 'rollback' | 'resync'
  /** Whose change it is; null for `resync`. */
  readonly user: string | null
  readonly client: string | null
}

export interface SelectionRange {
  /** UTF-16 units in the local text */
  readonly anchor: number
  readonly head: number
}

export interface PeerInfo {
  readonly session: string
  readonly client: string
  readonly user: string
  readonly name: string
  /** A CSS colour, stable per user, readable on light and dark. */
  readonly color: string
  /** What they may do here. */
  readonly role: Role
  /** The file the peer looks at, or null. */
  readonly file: string | null
  /** In UTF-16 units of this client's local text; empty while the file is not open here. */
  readonly selections: readonly SelectionRange[]
  /** What of the file the peer sees, likewise; null where that is not known. */
  readonly viewport: SelectionRange | null
  readonly data: Readonly<Record<string, unknown>>
}

/** Somebody in the room, with all their windows: one user is one person. */
export interface PersonInfo {
  readonly user: string
  readonly name: string
  readonly color: string
  readonly role: Role
  readonly isMe: boolean
  /** Their sessions; of this user, those in other windows. The one that moved last comes first. */
  readonly sessions: readonly PeerInfo[]
}

/** Something said in the room. */
export interface ChatMessage {
  /** Of the commit that has it: what `chat({before})` pages by. */
  readonly seq: number
  /** ms since the epoch of Unix, by the room's clock */
  readonly at: number
  readonly user: string
  /** What they were called then. */
  readonly name: string
  readonly color: string
  readonly text: string
}

/** Where somebody is whom this user follows. */
export interface Followed {
  readonly user: string
  readonly name: string
  readonly color: string
  /** Path of the file they look at; null while they look at none. */
  readonly path: string | null
  /** In UTF-16 units; null where they are not known, as long as the file is not open here. */
  readonly viewport: SelectionRange | null
  readonly selections: readonly SelectionRange[]
}

export interface Whereabouts {
  /** id of the file this user looks at */
  readonly file?: string | null
  readonly selections?: readonly SelectionRange[]
  /** What of the file can be seen. */
  readonly viewport?: SelectionRange | null
  readonly data?: Readonly<Record<string, unknown>>
}

export type ChangeType =
  | 'edit'
  | 'create'
  | 'rename'
  | 'remove'
  | 'role'
  | 'mode'
  | 'access'
  | 'chatting'
  | 'kick'
  | 'close'
  | 'chat'

export interface Rejection {
  readonly code: RejectCode
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
}

/** Work done here that can never reach the room: here it is, so that it can be offered to the person who did it. */
export interface Unsynced {
  /** `file_removed`: the file is gone. `conflict`: the room changed the same place while we were away for too long. */
  readonly reason: 'file_removed' | 'conflict'
  readonly file: string
  readonly path: string
  /** What happened, for a person. */
  readonly message: string
  /** The whole text as it stood here, with all that had been typed. */
  readonly text: string
  /** What had been typed and is not in the room, in the order of the text. */
  readonly typed: readonly string[]
}

export interface RoomEvents {
  status: (status: StatusInfo) => void
  peers: (peers: readonly PeerInfo[]) => void
  files: (files: readonly FileEntry[]) => void
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
   * @throws EditError (`code` says why) and changes nothing, when an edit does not fit the text.
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
  /** Whether this user may change files now. While the room has not been reached, it is assumed. */
  readonly canEdit: boolean
  /** Who may do what; null before the room has said so. */
  readonly policy: Policy | null
  readonly status: StatusInfo
  /** Opens a file by path. Rejects with SdkError `no_such_file` when there is none. */
  open(path: string): Promise<OpenFile>
  /** Creates a file and answers its id. Lines end in LF: CRLF and CR are turned into it. */
  create(path: string, text: string): string
  rename(from: string, to: string): void
  remove(path: string): void
  /** Everything changed inside becomes one commit: all of it or nothing. */
  transact(changes: () => void): void
  setPresence(whereabouts: Whereabouts): void
  /** Keeps telling where a user is, by `follow` events; null stops. Answers false when they are not here. */
  follow(user: string | null): boolean
  /** The user who is followed. */
  readonly following: string | null
  /** Says something to everybody: plain text. What the room refuses is told as `rejected`. */
  say(text: string): void
  /** What was said before commit `before` (by default: up to now), the newest last, at most 50 messages and a few. */
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

  /** Makes somebody editor or viewer, whatever their token says, or hands the room over to them (`owner`). */
  setRole(user: string, role: Role): void
  setMode(mode: Mode): void
  setAccess(access: Access): void
  setChatting(on: boolean): void
  /** Removes somebody: they are out at once, and not back without a new token. */
  kick(user: string): void
  /** Closes the room to everybody but the owner, or opens it again. */
  setClosed(closed: boolean): void

  /** Resolves when everything done here is acked, which means durable. Rejects when the room closes first. */
  settled(): Promise<void>
  on<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): () => void
  close(): void
}

/** Bivariant, so that the platform's own WebSocket, whose handlers take its own events, is a SocketLike. */
type Handler<Event> = { handle(event: Event): void }['handle'] | null

/** The part of the WebSocket interface that the SDK uses; tests and demos may hand in one that delays or cuts. */
export interface SocketLike {
  readonly readyState: number
  /** bytes handed to send and not yet on their way */
  readonly bufferedAmount: number
  send(data: string): void
  close(code?: number, reason?: string): void
  onopen: Handler<unknown>
  onmessage: Handler<{ data: unknown }>
  onclose: Handler<{ code: number; reason: string }>
  onerror: Handler<unknown>
}

export type SocketFactory = (url: string, protocols: string[]) => SocketLike

export interface ConnectOptions {
  /** Where Edgeroom runs, `http:` or `https:`. */
  readonly url: string
  readonly room: string
  /**
   * Who this is; a function is asked anew at each connection, and before its last answer expires. Without one the room sees a guest.
   */
  readonly token?: string | (() => string | Promise<string>)
  /** Makes the socket; the global WebSocket by default. */
  readonly socket?: SocketFactory
  /**
   * Where work that is not acked outlives the page, so that a later `connect` sends it. By default the browser's IndexedDB, where a
   * token is given (without one, the next page is somebody else); null keeps nothing.
   */
  readonly storage?: RoomStorage | null
  /** ms that `connect` tries before it rejects with `unreachable`; 20,000 by default. */
  readonly connectMs?: number
}
