/**
 * Fetches what a message needs and only Postgres has, and waits between attempts. A failed fetch is retried
 * here while the session stays open: a client that was closed would reconnect at once and fetch everything
 * again. It knows no session and no message.
 */
import { backoffMs } from '../../core/limits/backoff.ts'
import type { StoredCommit } from '../../schema/store.ts'
import type { Emit } from '../events/room-event.ts'
import { type ArchiveLoader, type Needs, TextLost } from '../journal/archive-loader.ts'

/** ms before a failed fetch is retried: at first, and at most. */
const RETRY_MS = 1_000
const RETRY_MOST_MS = 30_000

/** What fetching needs from the surrounding object. */
export interface FetchContext {
  /** Calls back after `ms`. */
  later(ms: number, callback: () => void): void
  /** Runs async work. The room is not evicted meanwhile. */
  stay<T>(work: () => Promise<T>): Promise<T>
}

export class Fetcher {
  readonly #archive: ArchiveLoader
  readonly #context: FetchContext
  readonly #emit: Emit
  /** Failed fetches waiting to be retried. */
  #retries = 0

  constructor(archive: ArchiveLoader, context: FetchContext, emit: Emit) {
    this.#archive = archive
    this.#context = context
    this.#emit = emit
  }

  /** Whether no fetch is waiting to be retried. */
  get isIdle(): boolean {
    return this.#retries === 0
  }

  /**
   * Texts and clients are here when this resolves; commits are returned. Never rejects: an error is
   * returned, and emitted if it is the first of a message or final.
   * @param attempt 0 for the first
   */
  async fetch(needs: Needs, attempt: number): Promise<readonly StoredCommit[] | Error> {
    try {
      return await this.#context.stay(() => this.#archive.bring(needs))
    } catch (error) {
      if (attempt === 0 || error instanceof TextLost) this.#emit({ type: 'failed', task: 'fetch', error })
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  /** Waits before the next attempt: longer each time. */
  pause(attempt: number): Promise<void> {
    this.#retries++
    const ms = backoffMs(RETRY_MS, RETRY_MOST_MS, attempt)
    return new Promise((resolve) =>
      this.#context.later(ms, () => {
        this.#retries--
        resolve()
      }),
    )
  }
}
