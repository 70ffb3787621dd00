/**
 * The Durable Object of the flush budget: the shell that gives core its clock, its one timer and its
 * randomness. It holds a room's call open until core decides.
 *
 * Its state is only in memory. While a lease is out or a room waits, a timer keeps the object alive;
 * otherwise the only state is an open breaker, which closes by being forgotten. After a restart it starts
 * empty, which at worst lets `concurrent` additional leases through, once, and `breakAfter` flushes to a
 * database that is down. Leases of the previous instance are unknown to it.
 */
import { DurableObject } from 'cloudflare:workers'
import type { FlushOutcome } from '../../core/flush/breaker.ts'
import { FlushBudget } from '../../core/flush/budget.ts'
import { type FlushBudgetVars, flushBudgetSettingsOf } from '../settings/flush-budget.ts'
import type { BudgetStub, LeaseAnswer } from './lease.ts'

/** ms after which a room may ask again whose call was superseded by another one */
const TWICE_MS = 1_000

export class FlushBudgetObject extends DurableObject<FlushBudgetVars> implements BudgetStub {
  readonly #budget: FlushBudget
  /** Tells the leases of this instance from those of the previous one. */
  readonly #life = crypto.randomUUID()
  /** The calls held open, by room. */
  readonly #held = new Map<string, (answer: LeaseAnswer) => void>()
  #timer: ReturnType<typeof setTimeout> | null = null
  #wakeAt: number | null = null

  constructor(ctx: DurableObjectState, env: FlushBudgetVars) {
    super(ctx, env)
    this.#budget = new FlushBudget(flushBudgetSettingsOf(env).budget)
  }

  /**
   * Resolves when a lease is granted, or when the room has to come back later. Of two calls of one room, the
   * older one ends.
   * @param since when the room first asked for this flush, Unix ms
   * @param waitMs for how long the call may be held, in ms; 20 s at most
   */
  lease(room: string, since: number, waitMs: number): Promise<LeaseAnswer> {
    return new Promise((resolve) => {
      this.#budget.ask(Date.now(), room, since, waitMs, Math.random())
      this.#held.get(room)?.({ granted: false, retryMs: TWICE_MS })
      this.#held.set(room, resolve)
      this.#advance()
    })
  }

  /** Returns a lease; harmless if it is unknown or has expired. */
  async release(lease: string, outcome: FlushOutcome): Promise<void> {
    const [life, number] = lease.split('/')
    if (life !== this.#life) return
    this.#budget.release(Date.now(), Number(number), outcome, Math.random())
    this.#advance()
  }

  #advance(): void {
    const { granted, refused, wakeAt } = this.#budget.advance(Date.now())
    for (const { room, lease } of granted)
      this.#answer(room, { granted: true, lease: `${this.#life}/${lease}` })
    for (const { room, retryMs } of refused) this.#answer(room, { granted: false, retryMs })
    this.#wake(wakeAt)
  }

  #answer(room: string, answer: LeaseAnswer): void {
    this.#held.get(room)?.(answer)
    this.#held.delete(room)
  }

  #wake(time: number | null): void {
    if (time === this.#wakeAt) return
    clearTimeout(this.#timer)
    this.#wakeAt = time
    if (time === null) return
    const ms = Math.max(1, Math.ceil(time - Date.now()))
    this.#timer = setTimeout(() => {
      this.#wakeAt = null
      this.#advance()
    }, ms)
  }
}
