/**
 * Writes what changed to Postgres. Reads the journal, never memory, and records the seq that was written,
 * not the current one: what is edited meanwhile stays dirty. One flush at a time; the lifecycle says when,
 * and the flush budget that all rooms share may delay it.
 */
import type { FlushOutcome } from '../../core/flush/breaker.ts'
import { DAY_MS, type FlushSettings, nextFlush, retryTime } from '../../core/flush/policy.ts'
import { conflict, verdictOf } from '../../schema/statements/flush-fence.ts'
import {
  type FileStore,
  type FlushBatch,
  type StoredMark,
  StoreError,
  type StoreErrorKind,
} from '../../schema/store.ts'
import type { Journal } from '../journal/journal.ts'
import type { DirtyBatch } from '../journal/unflushed-rows.ts'
import type { LeaseResult } from './lease.ts'

/** Runs work when the flush budget allows it. @param since when this room first asked, Unix ms */
export type TakeLease = (since: number, work: () => Promise<FlushOutcome>) => Promise<LeaseResult>

/** Most attempts of one flush, each of which may find that Postgres has less than the one before found. */
const MOST_TRIES = 3

/** Most ms between two attempts to write a room that another writer writes. */
export const CONFLICT_MS = 3_600_000

const ADVICE: Partial<Record<StoreErrorKind, string>> = {
  credentials: ' CHECK DATABASE_URL AND THE MIGRATIONS: nothing is being saved.',
  conflict:
    ' ANOTHER WRITER: two deployments on one database, or a room that was created again. Nothing of this room is saved or deleted until one of them is gone (docs/operations.md).',
}

/** Postgres has less than a flush assumed; null if it has nothing. */
class WentBack extends Error {
  readonly stored: StoredMark | null

  constructor(stored: StoredMark | null) {
    super('the database went back again while everything was being written')
    this.stored = stored
  }
}

function isRefused(error: unknown): error is StoreError {
  return error instanceof StoreError && error.kind === 'refused'
}

export class Flusher {
  readonly #journal: Journal
  readonly #store: FileStore
  readonly #settings: FlushSettings
  readonly #takeLease: TakeLease
  #failures = 0
  #lastFailure = 0
  /** Drawn once per failure, so that asking again does not move the retry. */
  #chance = 0
  #error: StoreError | null = null
  /** Set when the budget delayed the flush: when it was first asked, and when to ask again. */
  #queued: { readonly since: number; readonly until: number } | null = null
  #running: Promise<boolean> | null = null

  constructor(journal: Journal, store: FileStore, settings: FlushSettings, takeLease: TakeLease) {
    this.#journal = journal
    this.#store = store
    this.#settings = settings
    this.#takeLease = takeLease
  }

  get error(): { readonly kind: string; readonly message: string } | null {
    return this.#error === null ? null : { kind: this.#error.kind, message: this.#error.message }
  }

  /** When to flush next, Unix ms; null if Postgres has everything. */
  due(sessions: number): number | null {
    const { seq } = this.#journal
    const situation = {
      dirtySince: this.#dirtySince,
      dirtyBytes: this.#journal.unflushedBytes,
      lastCommit: this.#journal.log.committedAt(seq) ?? 0,
      sessions,
      failures: this.#failures,
      lastFailure: this.#lastFailure,
    }
    const due = nextFlush(situation, this.#pace, this.#chance)
    if (due === null) return null
    // Times recorded before the clock was set back must not lie hours ahead.
    const latest = Date.now() + Math.max(this.#settings.maxAgeMs, this.#pace.retryMaxMs)
    return Math.max(Math.min(due, latest), this.#queued?.until ?? 0)
  }

  get #dirtySince(): number | null {
    const { flushedSeq, seq, marks } = this.#journal
    if (flushedSeq === seq && !marks.rewrites) return null
    return this.#journal.log.committedAt(flushedSeq + 1) ?? 0
  }

  /**
   * Writes everything up to the checkpoint, when the budget allows it. A call during a flush joins that
   * flush.
   * @param again also retries files that the database refused before
   * @returns whether anything was written, so that what Postgres has is known and not only believed
   * @throws StoreError if the store did not accept it; what was to be written stays dirty
   */
  flush(again = false): Promise<boolean> {
    this.#running ??= this.#run(again).finally(() => {
      this.#running = null
    })
    return this.#running
  }

  async #run(again: boolean): Promise<boolean> {
    if (!this.#journal.isDirty(again)) return false
    const { room } = this.#journal
    const since = this.#queued?.since ?? Date.now()
    let failure: unknown = null
    const result = await this.#takeLease(since, async () => {
      try {
        await this.#write(again)
        return 'ok'
      } catch (error) {
        failure = error
        return error instanceof StoreError && error.kind === 'unavailable' ? 'unavailable' : 'failed'
      }
    })
    if (!result.done) {
      this.#queued = { since, until: Date.now() + result.retryMs }
      return false
    }
    this.#queued = null
    if (failure !== null) throw this.#failed(room, failure)
    this.#failures = 0
    this.#error = null
    return true
  }

  /**
   * Writes what is missing. If Postgres turns out to have less than was believed, writes everything that is
   * here, right away. What is marked as written is the seq of the batch: what was edited meanwhile stays
   * dirty.
   */
  async #write(again: boolean): Promise<void> {
    for (let tries = 1; ; tries++) {
      const found = this.#journal.marks.rewrites ? await this.#store.load(this.#journal.room) : null
      const now = Date.now()
      const batch = this.#journal.dirty(again, found, this.#forgetsBefore(now))
      if (batch === null) return
      try {
        await this.#bring(batch)
        this.#journal.flushed(batch.seq)
        if (batch.forgetsBefore !== null) this.#journal.forgot(batch.forgetsBefore, now)
        return
      } catch (error) {
        if (!(error instanceof WentBack) || tries === MOST_TRIES) throw error
        this.#wentBack(error.stored)
      }
    }
  }

  /** Once a day, since finding old clients makes the database read all of them. @param now Unix ms */
  #forgetsBefore(now: number): number | null {
    const { clientMs } = this.#settings
    const { forgotAt } = this.#journal.marks
    const isDue = clientMs > 0 && (now - forgotAt >= DAY_MS || now < forgotAt)
    return isDue ? Math.max(0, now - clientMs) : null
  }

  /**
   * Writes a batch in as few transactions as possible. If the database refuses the data, the offending files
   * are found and set aside.
   */
  async #bring(batch: DirtyBatch): Promise<void> {
    for (const file of batch.lost) {
      this.#journal.lost(file)
      this.#setAside(batch.room, file, 'its text is neither here nor in the database')
    }
    try {
      const skipped = await this.#send(batch)
      this.#taken(batch, skipped, batch.ids)
      if (skipped.length > 0) await this.#send(this.#restOf(batch))
    } catch (error) {
      if (!isRefused(error) || batch.ids.length === 0) throw error
      // The files first and the seq last, so that it never runs ahead of them.
      const rest = { ...batch, removed: [], commits: [], clients: [], isWhole: false }
      await this.#send({ ...rest, files: [] })
      await this.#bringHalves({ ...rest, cleans: false }, batch.ids)
      await this.#send(this.#restOf(batch))
    }
  }

  /** The rest of a batch whose files are stored or set aside, so that the row says how many it lacks. */
  #restOf(batch: DirtyBatch): FlushBatch {
    return { ...batch, cleans: false, files: [], setAside: this.#journal.setAside.length }
  }

  /** Writes only these files, by bisection if the database refuses one of them. */
  async #bringHalves(batch: DirtyBatch, ids: readonly string[]): Promise<void> {
    try {
      this.#taken(batch, await this.#send({ ...batch, files: batch.filesOf(ids) }), ids)
    } catch (error) {
      if (!isRefused(error)) throw error
      const [only] = ids
      if (ids.length === 1 && only !== undefined) {
        this.#setAside(batch.room, only, error.message, error.forLog)
        return
      }
      const half = Math.ceil(ids.length / 2)
      await this.#bringHalves(batch, ids.slice(0, half))
      await this.#bringHalves(batch, ids.slice(half))
    }
  }

  /**
   * @returns ids of files whose rows another writer has written
   * @throws WentBack if Postgres has less than was believed
   */
  async #send(batch: FlushBatch): Promise<readonly string[]> {
    const answer = await this.#store.flush(batch)
    if (answer.type === 'behind') throw new WentBack(answer.stored)
    return answer.skipped
  }

  #taken({ room }: FlushBatch, skipped: readonly string[], ids: readonly string[]): void {
    const others = new Set(skipped)
    for (const file of ids) {
      if (!others.has(file)) this.#journal.accepted(file)
      else this.#setAside(room, file, 'another writer has written its row in the database')
    }
  }

  #setAside(room: string, file: string, message: string, forLog = message): void {
    this.#journal.refused(file, message)
    console.error(`room ${room}: file ${file} is set aside: ${forLog}`)
  }

  // ── verifying what is stored ────────────────────────────────────────────────────────────────────────────────────

  /** A conflict ends only when somebody fixes it, so it is retried more slowly. */
  get #pace(): FlushSettings {
    if (this.#error?.kind !== 'conflict') return this.#settings
    return { ...this.#settings, retryMaxMs: Math.max(this.#settings.retryMaxMs, CONFLICT_MS) }
  }

  /** When `confirm` may be called again, Unix ms: at once, unless something failed. */
  get retryAt(): number {
    return this.#failures === 0 ? 0 : retryTime(this.#failures, this.#lastFailure, this.#pace, this.#chance)
  }

  /**
   * Verifies that Postgres has what this room believes, so that nothing is deleted on a belief. If it does
   * not, everything has to be flushed again.
   * @throws StoreError `conflict` if another writer writes the room; whatever the store throws
   */
  async confirm(): Promise<boolean> {
    const { room } = this.#journal
    try {
      const stored = await this.#store.mark(room)
      const verdict = verdictOf(stored, this.#journal.head)
      if (stored !== null && verdict === 'write') {
        this.#failures = 0
        this.#error = null
        return true
      }
      if (verdict === 'conflict' || verdict === 'newer') throw conflict(stored, this.#journal.head)
      this.#wentBack(stored)
      return false
    } catch (error) {
      throw this.#failed(room, error)
    }
  }

  #wentBack(stored: StoredMark | null): void {
    const { room, flushedSeq } = this.#journal
    this.#journal.wentBack(stored)
    // A room without any commit was never flushed.
    if (flushedSeq === 0) return
    console.error(
      `THE DATABASE LOST DATA: room ${room} was stored up to commit ${flushedSeq}, and the database has it ${stored === null ? 'no more' : `up to ${stored.seq}`}. Everything that is here is written again.`,
    )
  }

  #failed(room: string, error: unknown): StoreError {
    // Anything else that fails is only logged: this failure is shown in the room's status.
    const failure =
      error instanceof StoreError
        ? error
        : new StoreError('unavailable', 'something went wrong in the room', { where: String(error) })
    this.#failures++
    this.#lastFailure = Date.now()
    this.#chance = Math.random()
    this.#error = failure
    const advice = ADVICE[failure.kind] ?? ''
    console.error(
      `flush of room ${room} failed (${this.#failures} in a row): ${failure.kind}: ${failure.forLog}.${advice}`,
    )
    return failure
  }
}
