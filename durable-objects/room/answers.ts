/** What a room's object answers to the Worker, as plain data. */
import type { FileInfo, RejectCode } from '../../core/protocol/messages.ts'
import type { Gap } from '../../schema/store.ts'

export interface RoomStatus {
  readonly room: string
  readonly seq: number
  /** Postgres has every commit up to this seq; null when no database is configured */
  readonly flushed: number | null
  /** why the last flush failed; null if it succeeded */
  readonly flushError: { readonly kind: string; readonly message: string } | null
  /** this instance of the room's object, as stored in `rooms.writer` */
  readonly writer: string
  /** whether the database had less than expected, so that everything here has to be written again */
  readonly behind: boolean
  /** commits that no longer exist anywhere because the database lost them: `after < seq <= upTo` */
  readonly gaps: readonly Gap[]
  /** files that the database refuses or that another writer has written, with the reason */
  readonly setAside: readonly { readonly path: string; readonly message: string }[]
  readonly files: readonly FileInfo[]
  readonly people: number
}

export type FlushResult =
  | { readonly ok: true; readonly seq: number; readonly flushed: number | null }
  | { readonly ok: false; readonly code: string; readonly message: string }

export interface FileContent {
  readonly revision: number
  readonly text: string
}

export type CreateResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: string; readonly message: string }

export type RuleResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: RejectCode; readonly message: string }
