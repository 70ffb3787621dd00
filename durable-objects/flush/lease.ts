/**
 * How a room gets a lease to flush. It asks the budget object of its shard, flushes, and returns the lease
 * in any case. The budget protects the database and is not required for saving: if its object fails twice,
 * the room flushes without a lease, after a random delay.
 *
 * Knows the budget only by two calls, so that it can be tested without a runtime.
 */
import type { FlushOutcome } from '../../core/flush/breaker.ts'
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

export type LeaseResult = { readonly done: true } | { readonly done: false; readonly retryMs: number }

/** ms that the budget object has to answer, besides the time that it was asked to wait */
const ANSWER_MS = 2_000
/** rooms that got no answer spread over this many ms */
const SPREAD_MS = 5_000

/**
 * Runs `work` when the flush budget allows it, and reports the outcome to the budget.
 * @param since when this room first asked, Unix ms: the same value each time it has to come back
 * @returns `done: false` if the room has to come back after `retryMs`; nothing was run
 * @throws whatever `work` throws
 */
export async function withLease(
  namespace: BudgetNamespace,
  settings: FlushBudgetSettings,
  room: string,
  since: number,
  work: () => Promise<FlushOutcome>,
): Promise<LeaseResult> {
  const shard = shardOf(room, settings.shards)
  const { waitMs } = settings.budget
  const answer =
    (await askShard(namespace, shard, room, since, waitMs)) ??
    (await sleep(Math.random() * SPREAD_MS).then(() => askShard(namespace, shard, room, since, waitMs)))
  if (answer === null) {
    await sleep(Math.random() * SPREAD_MS)
    await work()
    return { done: true }
  }
  if (!answer.granted) return { done: false, retryMs: answer.retryMs }
  let outcome: FlushOutcome = 'failed'
  try {
    outcome = await work()
  } finally {
    await giveBack(namespace, shard, room, answer.lease, outcome)
  }
  return { done: true }
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
 * Null if the object is down or silent. A lease granted after that is returned at once, as nobody would use
 * it.
 */
async function askShard(
  namespace: BudgetNamespace,
  shard: string,
  room: string,
  since: number,
  waitMs: number,
): Promise<LeaseAnswer | null> {
  let silent = false
  const asked = attempt(async () => {
    const answer = await namespace.getByName(shard).lease(room, since, waitMs)
    if (silent && answer.granted) await namespace.getByName(shard).release(answer.lease, 'failed')
    return answer
  })
  const answer = await within(waitMs + ANSWER_MS, asked)
  if ('value' in answer) return answer.value
  silent = true
  if (isOverloaded(answer.error)) return { granted: false, retryMs: SPREAD_MS * (1 + Math.random()) }
  console.warn(`the flush budget's ${shard} did not answer room ${room}: ${String(answer.error)}`)
  return null
}

/** Returns the lease. If that fails, the lease expires by itself. */
async function giveBack(
  namespace: BudgetNamespace,
  shard: string,
  room: string,
  lease: string,
  outcome: FlushOutcome,
): Promise<void> {
  const released = attempt(() => namespace.getByName(shard).release(lease, outcome))
  const answer = await within(ANSWER_MS, released)
  if ('error' in answer)
    console.warn(
      `the flush budget's ${shard} did not take back the lease of room ${room}: ${String(answer.error)}`,
    )
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
