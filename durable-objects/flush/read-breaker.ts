/**
 * A circuit breaker for reads: after several failures in a row, of any rooms, reads fail at once instead of
 * waiting for another timeout, and one read at a time probes whether the database is back. Flushes have a
 * breaker of their own (core/flush/budget.ts); a flush that succeeds shows here too that the database
 * answers. Holds no promise and no timer, so that the objects of an isolate can share it.
 */
import { Breaker, type BreakerSettings, type FlushOutcome } from '../../core/flush/breaker.ts'
import type { Transact } from '../../schema/statement.ts'
import { StoreError } from '../../schema/store.ts'

/** Short pauses: somebody is waiting. */
const SETTINGS: BreakerSettings = { breakAfter: 5, openMs: 500, openMaxMs: 5_000 }

export class ReadBreaker {
  readonly #breaker = new Breaker(SETTINGS)
  readonly #timeoutMs: number
  #lastLease = 0
  /** The probing read, and when it began, Unix ms. */
  #probe: { readonly lease: number; readonly began: number } | null = null

  /**
   * @param timeoutMs after which a read has failed; one whose object died meanwhile never reports its
   * outcome
   */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /** Wraps a transact function: writes pass, reads go through the breaker. */
  guard(run: Transact): Transact {
    return async (access, statements) => {
      if (access === 'read') return this.#read(() => run(access, statements))
      const answers = await run(access, statements)
      this.#ended(0, 'ok')
      return answers
    }
  }

  async #read<T>(work: () => Promise<T>): Promise<T> {
    const lease = this.#begin(Date.now())
    let outcome: FlushOutcome = 'failed'
    try {
      const answer = await work()
      outcome = 'ok'
      return answer
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'unavailable') outcome = 'unavailable'
      throw error
    } finally {
      this.#ended(lease, outcome)
    }
  }

  /** @throws StoreError while the breaker is open */
  #begin(now: number): number {
    if (this.#probe !== null && Math.abs(now - this.#probe.began) > this.#timeoutMs)
      this.#ended(this.#probe.lease, 'failed')
    const state = this.#breaker.state(now)
    if (state === 'open' || state === 'probing')
      throw new StoreError('unavailable', 'the database has not been answering, and will be asked again soon')
    const lease = ++this.#lastLease
    this.#breaker.granted(now, lease)
    if (state === 'half-open') this.#probe = { lease, began: now }
    return lease
  }

  #ended(lease: number, outcome: FlushOutcome): void {
    this.#breaker.ended(Date.now(), lease, outcome, Math.random())
    if (lease === this.#probe?.lease || outcome === 'ok') this.#probe = null
  }
}
