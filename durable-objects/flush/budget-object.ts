/**
 * The Durable Object of the flush budget: the shell that gives the core its clock, its one timer and its chance. It holds
 * the call of a room until the core decides.
 *
 * Its state lies in memory alone. While a lease is out or somebody waits a timer keeps the object from sleeping, and when
 * neither is the case there is nothing to remember but an open breaker, which closes by being forgotten. After a restart
 * it starts empty, which at worst lets `concurrent` leases more through, once, and `breakAfter` flushes to a database
 * that is away. A permit of the one before is unknown to it.
 */
import { DurableObject } from 'cloudflare:workers'
import type { FlushOutcome } from '../../core/flush/breaker.ts'
import { FlushBudget } from '../../core/flush/budget.ts'
import { type FlushBudgetVars, flushBudgetSettingsOf } from '../settings/flush-budget.ts'
import type { BudgetStub, LeaseAnswer } from './lease.ts'

/** ms after which a room may ask again that has asked twice at once */
const TWICE_MS = 1_000

export class FlushBudgetObject extends DurableObject<FlushBudgetVars> implements BudgetStub {
  readonly #budget: FlushBudget
  /** Tells the leases of this object from those of the one before. */
  readonly #life = crypto.randomUUID()
  /** The calls that are held, by room. */
  readonly #held = new Map<string, (answer: LeaseAnswer) => void>()
  #timer: ReturnType<typeof setTimeout> | null = null
  #wakeAt: number | null = null

  constructor(ctx: DurableObjectState, env: FlushBudgetVars) {
    super(ctx, env)
    this.#budget = new FlushBudget(flushBudgetSettingsOf(env).budget)
  }

  /**
   * Answers when there is a permit, or when the room has to come later. Of two calls of one room the older one ends.
   * @param since when the room first asked for this flush, in ms since the epoch of Unix
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

  /** Gives a permit back; harmless when it is unknown or has expired. */
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
