/**
 * A room's lease to flush, and its place in the queue for one. It asks the budget object of the room's
 * shard, runs the flush, and returns the lease in any case. The budget protects the database and is not
 * required for saving: if its object fails twice, the room flushes without a lease, after a random delay.
 *
 * Knows the budget only by two calls, so that it can be tested without a runtime.
 */
import type { FlushOutcome } from '../../core/flush/breaker.ts'
import type { Listener } from '../events/room-event.ts'
import type { FlushBudgetSettings } from '../settings/flush-budget.ts'

export type LeaseAnswer =
  | { readonly granted: true; readonly lease: string }
  | { readonly granted: false; readonly retryMs: number }

/** The budget object, as a room calls it. */
export interface BudgetStub {
  lease(room: string, since: number, waitMs: number): Promise<LeaseAnswer>
  release(lease: string, outcome: FlushOutcome): Promise<void>
}

export interface BudgetNamespace {
  getByName(name: string): BudgetStub
}

/** ms that the budget object has to answer, besides the time that it was asked to wait */
const ANSWER_MS = 2_000
/** rooms that got no answer spread over this many ms */
const SPREAD_MS = 5_000

/** What a flush needs of its lease. */
export type Lease = Pick<FlushLease, 'retryAt' | 'run'>

export class FlushLease {
  readonly #namespace: BudgetNamespace
  readonly #settings: FlushBudgetSettings
  readonly #listener: Listener | null
  /** Set when the budget delayed the flush: when it was first asked, and when to ask again, both Unix ms. */
  #queued: { readonly since: number; readonly until: number } | null = null

  /** @param listener hears when the budget does not answer */
  constructor(namespace: BudgetNamespace, settings: FlushBudgetSettings, listener: Listener | null) {
    this.#namespace = namespace
    this.#settings = settings
    this.#listener = listener
  }

  /** When to ask again, Unix ms; 0 for any time. */
  get retryAt(): number {
    return this.#queued?.until ?? 0
  }

  /**
   * Runs `work` when the flush budget allows it, and reports the outcome to the budget.
   * @returns false if nothing was run: ask again at `retryAt`. The room keeps its place in the queue
   * @throws whatever `work` throws
   */
  async run(room: string, work: () => Promise<FlushOutcome>): Promise<boolean> {
    const since = this.#queued?.since ?? Date.now()
    const answer =
      (await this.#ask(room, since)) ??
      (await sleep(Math.random() * SPREAD_MS).then(() => this.#ask(room, since)))
    if (answer?.granted === false) {
      this.#queued = { since, until: Date.now() + answer.retryMs }
      return false
    }
    if (answer === null) await sleep(Math.random() * SPREAD_MS)
    this.#queued = null
    let outcome: FlushOutcome = 'failed'
    try {
      outcome = await work()
    } finally {
      if (answer !== null) await this.#giveBack(room, answer.lease, outcome)
    }
    return true
  }

  /**
   * Null if the object is down or silent. A lease granted after that is returned at once, as nobody would
   * use it.
   */
  async #ask(room: string, since: number): Promise<LeaseAnswer | null> {
    const { waitMs } = this.#settings.budget
    let isSilent = false
    const asked = attempt(async () => {
      const answer = await this.#budgetOf(room).lease(room, since, waitMs)
      if (isSilent && answer.granted) await this.#budgetOf(room).release(answer.lease, 'failed')
      return answer
    })
    const answer = await within(waitMs + ANSWER_MS, asked)
    if ('value' in answer) return answer.value
    isSilent = true
    if (isOverloaded(answer.error)) return { granted: false, retryMs: SPREAD_MS * (1 + Math.random()) }
    this.#silent(room, answer.error)
    return null
  }

  /** Returns the lease. If that fails, the lease expires by itself. */
  async #giveBack(room: string, lease: string, outcome: FlushOutcome): Promise<void> {
    const released = attempt(() => this.#budgetOf(room).release(lease, outcome))
    const answer = await within(ANSWER_MS, released)
    if ('error' in answer) this.#silent(room, answer.error)
  }

  #budgetOf(room: string): BudgetStub {
    return this.#namespace.getByName(shardOf(room, this.#settings.shards))
  }

  #silent(room: string, error: unknown): void {
    this.#listener?.({ type: 'budget_silent', shard: shardOf(room, this.#settings.shards), error }, room)
  }
}

/** The shard of a room, by FNV-1a over its UTF-16 units: always the same. */
export function shardOf(room: string, shards: number): string {
  let hash = 0x811c9dc5
  for (let unit = 0; unit < room.length; unit++) {
    hash = Math.imul(hash ^ room.charCodeAt(unit), 0x01000193)
  }
  return `shard-${(hash >>> 0) % shards}`
}

/**
 * The platform rejects calls to an object with too many pending: the budget is up, and must not be bypassed.
 */
function isOverloaded(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'overloaded' in error && error.overloaded === true
}

type Attempt<T> = { readonly value: T } | { readonly error: unknown }

/** A call whose failure is a value: it can be abandoned without an unhandled rejection. */
async function attempt<T>(call: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await call() }
  } catch (error) {
    return { error }
  }
}

/** Leaves no timer behind: a pending one keeps an object from hibernating. */
async function within<T>(ms: number, attempted: Promise<Attempt<T>>): Promise<Attempt<T>> {
  let stop = () => {}
  const silence = new Promise<Attempt<T>>((resolve) => {
    const timer = setTimeout(() => resolve({ error: new Error(`no answer within ${ms} ms`) }), ms)
    stop = () => clearTimeout(timer)
  })
  try {
    return await Promise.race([attempted, silence])
  } finally {
    stop()
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
