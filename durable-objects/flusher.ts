/**
 * Brings what changed to the lasting copy. Reads the journal, never memory that may be gone, and records the seq that
 * was written, not the one of now: what is edited meanwhile stays dirty. One flush at a time; the shell says when, and
 * the flush budget that all rooms share may say later.
 */
import type { FlushOutcome } from '../core/room/breaker.ts'
import { type FlushSettings, nextFlush } from '../core/room/flush-policy.ts'
import { type FileStore, type FlushBatch, type StoredFile, StoreError } from '../schema/store.ts'
import type { Journal } from './journal.ts'
import type { PermitResult } from './permits.ts'

/** Runs work when the flush budget allows it. @param since when this room first asked, ms since the epoch of Unix */
export type Permit = (since: number, work: () => Promise<FlushOutcome>) => Promise<PermitResult>

export class Flusher {
  readonly #journal: Journal
  readonly #store: FileStore
  readonly #settings: FlushSettings
  readonly #permit: Permit
  #failures = 0
  #lastFailure = 0
  /** Drawn once a failure, so that asking again does not move the retry. */
  #chance = 0
  #error: StoreError | null = null
  /** Told by the budget to come later: when first asked, and when to ask again. */
  #queued: { readonly since: number; readonly until: number } | null = null
  #running: Promise<void> | null = null

  constructor(journal: Journal, store: FileStore, settings: FlushSettings, permit: Permit) {
    this.#journal = journal
    this.#store = store
    this.#settings = settings
    this.#permit = permit
  }

  get error(): { readonly kind: string; readonly message: string } | null {
    return this.#error === null ? null : { kind: this.#error.kind, message: this.#error.message }
  }

  /** When to flush next, in ms since the epoch of Unix; null when the lasting copy has everything. */
  due(sessions: number): number | null {
    const { flushedSeq, seq } = this.#journal
    const situation = {
      dirtySince: flushedSeq < seq ? (this.#journal.committedAt(flushedSeq + 1) ?? 0) : null,
      lastCommit: this.#journal.committedAt(seq) ?? 0,
      sessions,
      failures: this.#failures,
      lastFailure: this.#lastFailure,
    }
    const due = nextFlush(situation, this.#settings, this.#chance)
    return due === null ? null : Math.max(due, this.#queued?.until ?? 0)
  }

  /**
   * Writes everything up to the checkpoint, when the budget allows. A call during a flush waits for that one.
   * @param again whether files that the database refused before are to be tried too
   * @throws StoreError when the store did not take it; what was to be written stays dirty
   */
  flush(again = false): Promise<void> {
    this.#running ??= this.#run(again).finally(() => {
      this.#running = null
    })
    return this.#running
  }

  async #run(again: boolean): Promise<void> {
    const batch = this.#journal.dirty(again)
    if (batch === null) return
    const since = this.#queued?.since ?? Date.now()
    let failure: unknown = null
    const result = await this.#permit(since, async () => {
      try {
        await this.#write(batch)
        return 'ok'
      } catch (error) {
        failure = error
        return error instanceof StoreError && error.kind === 'unavailable' ? 'unavailable' : 'failed'
      }
    })
    if (!result.done) {
      this.#queued = { since, until: Date.now() + result.retryMs }
      return
    }
    this.#queued = null
    if (failure !== null) throw this.#failed(batch.room, failure)
    this.#journal.flushed(batch.seq)
    this.#failures = 0
    this.#error = null
  }

  /** All in one transaction. When the database refuses the data, the files that it refuses are found and set aside. */
  async #write(batch: FlushBatch): Promise<void> {
    try {
      await this.#store.flush(batch)
      for (const { file } of batch.files) this.#journal.accepted(file)
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== 'refused' || batch.files.length === 0) throw error
      await this.#store.flush({ ...batch, files: [] })
      for (const file of batch.files) await this.#writeAlone(batch, file)
    }
  }

  async #writeAlone(batch: FlushBatch, file: StoredFile): Promise<void> {
    try {
      await this.#store.flush({ ...batch, files: [file], removed: [], commits: [], clients: [] })
      this.#journal.accepted(file.file)
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== 'refused') throw error
      this.#journal.refused(file.file, error.message)
      console.error(
        `room ${batch.room}: the database refuses ${file.path}, which is set aside: ${error.forLog}`,
      )
    }
  }

  #failed(room: string, error: unknown): StoreError {
    // What else may go wrong is for the log alone: the failure is told to whoever asks how the room stands.
    const failure =
      error instanceof StoreError
        ? error
        : new StoreError('unavailable', 'something went wrong in the room', { where: String(error) })
    this.#failures++
    this.#lastFailure = Date.now()
    this.#chance = Math.random()
    this.#error = failure
    const advice =
      failure.kind === 'credentials' ? ' CHECK DATABASE_URL AND THE MIGRATIONS: nothing is being saved.' : ''
    console.error(
      `flush of room ${room} failed (${this.#failures} in a row): ${failure.kind}: ${failure.forLog}.${advice}`,
    )
    return failure
  }
}
