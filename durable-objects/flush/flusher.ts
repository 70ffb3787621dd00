/**
 * Writes what changed to Postgres. Reads the journal, never memory, and records the seq that was written,
 * not the current one: what is edited meanwhile stays dirty. One flush at a time; the lifecycle says when,
 * and the flush budget that all rooms share may delay it.
 */
import { DAY_MS, type FlushSettings, nextFlush, retryTime } from '../../core/flush/policy.ts'
import { conflict, verdictOf } from '../../schema/statements/flush-fence.ts'
import { type FileStore, type FlushBatch, type StoredMark, StoreError } from '../../schema/store.ts'
import type { Emit } from '../events/room-event.ts'
import type { Journal } from '../journal/journal.ts'
import type { DirtyBatch } from '../journal/unflushed-rows.ts'
import type { Lease } from './lease.ts'
import { Typing } from './typing.ts'

/** Most attempts of one flush, each of which may find that Postgres has less than the one before found. */
const MOST_TRIES = 3

/** Most ms between two attempts to write a room that another writer writes. */
export const CONFLICT_MS = 3_600_000

/** Postgres has less than a flush assumed; null if it has nothing. */
class WentBack extends Error {
  readonly stored: StoredMark | null

  constructor(stored: StoredMark | null) {
    super('the database went back again while everything was being written')
    this.stored = stored
  }
}

/** How much a flush has written. */
interface Written {
  /** The last commit that Postgres has now. */
  readonly seq: number
  readonly commits: number
  readonly files: number
}

function isRefused(error: unknown): error is StoreError {
  return error instanceof StoreError && error.kind === 'refused'
}

export class Flusher {
  readonly typing: Typing
  readonly #journal: Journal
  readonly #store: FileStore
  readonly #settings: FlushSettings
  readonly #lease: Lease
  readonly #emit: Emit
  #failures = 0
  #lastFailure = 0
  /** Drawn once per failure, so that asking again does not move the retry. */
  #chance = 0
  #error: StoreError | null = null
  #running: Promise<boolean> | null = null

  constructor(journal: Journal, store: FileStore, settings: FlushSettings, lease: Lease, emit: Emit) {
    this.typing = new Typing(journal, settings.idleMs)
    this.#journal = journal
    this.#store = store
    this.#settings = settings
    this.#lease = lease
    this.#emit = emit
  }

  get error(): { readonly kind: string; readonly message: string } | null {
    return this.#error === null ? null : { kind: this.#error.kind, message: this.#error.message }
  }

  /** When to flush next, Unix ms; null if Postgres has everything. */
  due(sessions: number): number | null {
    const { dirtySince, flushed, lastCommit } = this.typing
    const situation = {
      dirtySince,
      flushed,
      dirtyBytes: this.#journal.unflushedBytes,
      lastCommit,
      sessions,
      failures: this.#failures,
      lastFailure: this.#lastFailure,
      leaseAt: this.#lease.retryAt,
    }
    return nextFlush(situation, this.#pace, this.#chance, Date.now())
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
    const { dirtySince, lastCommit } = this.typing
    let began = 0
    let written: Written | null = null
    let failure: unknown = null
    const isDone = await this.#lease.run(this.#journal.room, async () => {
      began = Date.now()
      try {
        written = await this.#write(again)
        return 'ok'
      } catch (error) {
        failure = error
        return error instanceof StoreError && error.kind === 'unavailable' ? 'unavailable' : 'failed'
      }
    })
    if (!isDone) {
      this.#emit({ type: 'flush_delayed', until: this.#lease.retryAt })
      return false
    }
    if (failure !== null) throw this.#failed(failure)
    this.#failures = 0
    this.#error = null
    // Where it is unknown since when, the next flush begins a burst.
    if (dirtySince !== null && dirtySince > 0) this.typing.flush({ since: dirtySince, until: lastCommit })
    if (written !== null) this.#flushed(written, dirtySince, began)
    return true
  }

  /** @param since, @param began Unix ms */
  #flushed(written: Written, since: number | null, began: number): void {
    const ms = Date.now() - began
    this.#emit({ type: 'flushed', ...written, since, ms, dirtySince: this.typing.dirtySince })
  }

  /**
   * Writes what is missing. If Postgres turns out to have less than was believed, writes everything that is
   * here, right away. What is marked as written is the seq of the batch: what was edited meanwhile stays
   * dirty.
   * @returns how much was written; null if there was nothing to write
   */
  async #write(again: boolean): Promise<Written | null> {
    for (let tries = 1; ; tries++) {
      const found = this.#journal.marks.rewrites ? await this.#store.load(this.#journal.room) : null
      const now = Date.now()
      const batch = this.#journal.dirty(again, found, this.#forgetsBefore(now))
      if (batch === null) return null
      try {
        await this.#bring(batch)
        this.#journal.flushed(batch.seq)
        if (batch.forgetsBefore !== null) this.#journal.forgot(batch.forgetsBefore, now)
        const { seq, base, ids } = batch
        return { seq, commits: seq - base, files: ids.length }
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
      this.#journal.unflushed.lost(file)
      this.#setAside(file, 'its text is neither here nor in the database')
    }
    try {
      const skipped = await this.#send(batch)
      this.#taken(skipped, batch.ids)
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
      this.#taken(await this.#send({ ...batch, files: batch.filesOf(ids) }), ids)
    } catch (error) {
      if (!isRefused(error)) throw error
      const [only] = ids
      if (ids.length === 1 && only !== undefined) {
        this.#setAside(only, error.message, error.forLog)
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

  #taken(skipped: readonly string[], ids: readonly string[]): void {
    const others = new Set(skipped)
    for (const file of ids) {
      if (!others.has(file)) this.#journal.unflushed.accepted(file)
      else this.#setAside(file, 'another writer has written its row in the database')
    }
  }

  /** @param error for operators: may name more than anybody may read who knows the room's name */
  #setAside(file: string, message: string, error = message): void {
    this.#journal.unflushed.refused(file, message)
    this.#emit({ type: 'set_aside', file, error })
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
      throw this.#failed(error)
    }
  }

  #wentBack(stored: StoredMark | null): void {
    const { flushedSeq } = this.#journal
    this.#journal.wentBack(stored)
    // A room without any commit was never flushed.
    if (flushedSeq > 0)
      this.#emit({ type: 'database_went_back', flushed: flushedSeq, stored: stored?.seq ?? null })
  }

  #failed(error: unknown): StoreError {
    // What else went wrong is only for operators: this failure is shown in the room's status.
    const failure =
      error instanceof StoreError
        ? error
        : new StoreError('unavailable', 'something went wrong in the room', { where: String(error) })
    this.#failures++
    this.#lastFailure = Date.now()
    this.#chance = Math.random()
    this.#error = failure
    const { kind, forLog } = failure
    this.#emit({ type: 'flush_failed', kind, error: forLog, failures: this.#failures })
    return failure
  }
}
