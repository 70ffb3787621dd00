/**
 * The public surface of the SDK: what an application and an editor binding see. Positions here are UTF-16 units,
 * as editors count; points stay inside. No socket, no protocol message and no timer shows through.
 */
import type { RejectCode } from '../core/protocol/messages.ts'
import type { Edit } from '../core/text/edits.ts'
import type { HeldCopy, RoomStorage } from './storage.ts'

export type { Edit, HeldCopy, RejectCode, RoomStorage }

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
  /** `local`: made here; `remote`: by somebody else; `rollback`: a change of ours was refused; `resync`: the room's text was taken over. */
  readonly origin: 'local' | 'remote' | 'rollback' | 'resync'
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
  /** The file the peer looks at, or null. */
  readonly file: string | null
  /** In UTF-16 units of this client's local text; empty while the file is not open here. */
  readonly selections: readonly SelectionRange[]
  readonly data: Readonly<Record<string, unknown>>
}

export interface Whereabouts {
  /** id of the file this user looks at */
  readonly file?: string | null
  readonly selections?: readonly SelectionRange[]
  readonly data?: Readonly<Record<string, unknown>>
}

export interface Rejection {
  readonly code: RejectCode
  /** What happened and what to do, for a person. */
  readonly message: string
  /** What was refused; for edits `text` holds what had been typed, so that nothing is lost silently. */
  readonly changes: readonly {
    readonly type: 'edit' | 'create' | 'rename' | 'remove'
    readonly file: string
    readonly path: string
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
  }
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
  /** Who this is; a function is asked anew at each connection. Without one the room sees a guest. */
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
