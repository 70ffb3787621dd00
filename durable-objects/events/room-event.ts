/**
 * What happened in a room: the one port through which it leaves. The log listens here, and so may metrics,
 * webhooks and a dashboard.
 *
 * An event is plain data and says all that its listeners need: none of them has to ask the room again, and
 * none may change anything. It is emitted in the turn in which it happened, after its effect. The room needs
 * it itself, to set its alarm, so without a listener it costs an object that nobody keeps.
 *
 * Hibernation takes memory without a word, so a room that fell asleep is known by `opened` alone, when it
 * wakes. Events contain texts and names of people: what a listener passes on is its own decision.
 */
import type { Cause } from '../../core/model/explain-desync.ts'
import type { CloseReason } from '../../core/protocol/codes.ts'
import type { Change, Commit, RejectCode, TooFast } from '../../core/protocol/messages.ts'
import type { StoreErrorKind } from '../../schema/store.ts'

/** A connection, as events name it. */
export interface Who {
  /** Of this one socket. */
  readonly session: string
  readonly user: string
  readonly name: string
  /** Null until it has said hello. */
  readonly client: string | null
}

/** What failed without ending the room: the next attempt may succeed. */
export type Task =
  /** starting the object */
  | 'start'
  /** loading the room from Postgres */
  | 'load'
  /** accepting a connection */
  | 'connection'
  /** the alarm, other than its flush */
  | 'alarm'
  | 'checkpoint'
  /** fetching what one client needs */
  | 'fetch'
  /** reading commits of the archive */
  | 'archive'
  /** a text in Postgres that is not of the room's history */
  | 'text'
  /** checking a token */
  | 'token'
  /** noting when the last session ended */
  | 'grace'
  /** one session, which is closed with 1011 */
  | 'session'
  /** work that nobody waits for */
  | 'background'

/** Where a room in memory comes from: it was just created, was only in Postgres, or slept in its object. */
export type Origin = 'creation' | 'database' | 'journal'

export type RoomEvent =
  // ── the room ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** The room is in memory. */
  | {
      readonly type: 'opened'
      readonly from: Origin
      readonly seq: number
      /** Postgres has every commit up to this seq; null without Postgres. */
      readonly flushed: number | null
      /** `at` of the first commit that Postgres lacks, Unix ms; 0 if unknown, null if it has everything. */
      readonly dirtySince: number | null
      readonly connections: number
      readonly files: number
      /** UTF-8 bytes of all texts. */
      readonly bytes: number
    }
  /** The last connection ended. */
  | { readonly type: 'emptied' }
  /** Nobody is left and Postgres has everything: the object's storage was deleted. */
  | { readonly type: 'let_go'; readonly seq: number }
  /** Memory was ahead of the journal: the object is aborted, and starts again from its storage. */
  | { readonly type: 'aborted'; readonly reason: string }
  | { readonly type: 'failed'; readonly task: Task; readonly error: unknown }
  // ── its people ──────────────────────────────────────────────────────────────────────────────────────────────────
  | { readonly type: 'connected'; readonly who: Who; readonly connections: number }
  /** A connection was refused. */
  | { readonly type: 'turned_away'; readonly user: string; readonly close: CloseReason }
  /** A connection has said hello. */
  | { readonly type: 'joined'; readonly who: Who; readonly role: string | null }
  /** A connection has presented a newer token. */
  | { readonly type: 'renewed'; readonly who: Who; readonly role: string | null }
  /** A connection ended. */
  | {
      readonly type: 'left'
      readonly who: Who
      /** Why the room closed it; null if the other side did, or was lost. */
      readonly close: CloseReason | null
      readonly connections: number
    }
  /** A frame of presence was broadcast: its JSON, with who is where. */
  | { readonly type: 'presence'; readonly frame: string }
  /** A user sends too much, and was warned. */
  | { readonly type: 'warned'; readonly who: Who; readonly about: TooFast['about'] }
  // ── its log ─────────────────────────────────────────────────────────────────────────────────────────────────────
  /** A commit is written and broadcast; nobody sees it before it is durable. */
  | {
      readonly type: 'committed'
      /** With its content inline. */
      readonly commit: Commit<Change>
      /** The commit as broadcast. */
      readonly frame: string
      readonly files: number
      /** UTF-8 bytes of all texts. */
      readonly bytes: number
    }
  /** A commit is durable, and its acks are released. */
  | {
      readonly type: 'durable'
      readonly seq: number
      readonly submissions: number
      /** ms since the first of them arrived: what its author waited, without the network. */
      readonly ms: number
    }
  /** A submission was not accepted. */
  | {
      readonly type: 'refused'
      readonly user: string
      readonly client: string | null
      readonly code: RejectCode | 'resync'
    }
  /** A client's text differed from the room's. */
  | {
      readonly type: 'desync'
      readonly epoch: string
      readonly user: string
      readonly client: string
      readonly file: string
      readonly seq: number
      /** The last commit at which the client's text was right. */
      readonly good: number
      readonly points: number
      readonly cause: Cause
      readonly sums: { readonly room: number | null; readonly client: number }
    }
  // ── Postgres ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Postgres has everything up to `seq`. */
  | {
      readonly type: 'flushed'
      readonly seq: number
      readonly commits: number
      readonly files: number
      /** `at` of the first of these commits, Unix ms; 0 if unknown, null if there are none. */
      readonly since: number | null
      /** From the lease to the last answer of the database. */
      readonly ms: number
      /** As in `opened`: what was committed meanwhile is still dirty. */
      readonly dirtySince: number | null
    }
  /** The flush budget lets this room flush only later: it asks again at `until`, Unix ms. */
  | { readonly type: 'flush_delayed'; readonly until: number }
  /** The flush budget did not answer: the room flushes without it, or its lease expires by itself. */
  | { readonly type: 'budget_silent'; readonly shard: string; readonly error: unknown }
  | {
      readonly type: 'flush_failed'
      readonly kind: StoreErrorKind
      /** For operators: may name a table, a constraint or a host. */
      readonly error: string
      /** In a row. */
      readonly failures: number
    }
  /** Postgres does not accept this file as it is; the room keeps it. */
  | { readonly type: 'set_aside'; readonly file: string; readonly error: string }
  /** Postgres has less than it had: everything that is here is written again. */
  | {
      readonly type: 'database_went_back'
      readonly flushed: number
      /** What it has now; null for nothing. */
      readonly stored: number | null
    }
  /** The object's storage was lost, and what Postgres had was of no single moment. */
  | {
      readonly type: 'repaired'
      /** The room comes back as of this commit. */
      readonly seq: number
      /** Whether a flush was interrupted after it, whose remains were removed. */
      readonly isCut: boolean
      /** Files that Postgres had not accepted, and that are lost, or stored as they were before. */
      readonly setAside: number
      /** Files whose path another one has taken since, with their new path. */
      readonly moved: readonly { readonly file: string; readonly path: string }[]
    }

export type Listener = (event: RoomEvent, room: string) => void

/** Emits an event of one room. */
export type Emit = (event: RoomEvent) => void
