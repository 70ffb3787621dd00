/** The flush budget as rooms meet it: the real object, called over RPC. The limits here are the defaults. */
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import type { FlushOutcome } from '../../../core/flush/breaker.ts'
import { type BudgetNamespace, type LeaseAnswer, withLease } from '../../../durable-objects/flush/lease.ts'
import { flushBudgetSettingsOf } from '../../../durable-objects/settings/flush-budget.ts'
import { PendingTimers } from '../pending-timers.ts'

const settings = flushBudgetSettingsOf({})
const { concurrent } = settings.budget
const WAIT_MS = 20_000

/** A budget of its own for each test. */
const newBudget = () => env.FLUSH_BUDGET.getByName(crypto.randomUUID())

type Budget = ReturnType<typeof newBudget>

function granted(answer: LeaseAnswer): string {
  if (!answer.granted) throw new Error(`not granted, to come again after ${answer.retryMs} ms`)
  return answer.lease
}

const leaseOf = async (budget: Budget, room: string) => granted(await budget.lease(room, Date.now(), WAIT_MS))

/** Leases all there are. */
const exhaust = (budget: Budget) =>
  Promise.all(Array.from({ length: concurrent }, (_, i) => leaseOf(budget, `busy ${i}`)))

describe('the object of the flush budget', () => {
  it('holds the calls of those who ask, and grants by age when a permit comes back', async () => {
    const budget = newBudget()
    const leases = await exhaust(budget)
    const order: string[] = []
    const ask = async (room: string, since: number) => {
      const lease = granted(await budget.lease(room, since, WAIT_MS))
      order.push(room)
      await budget.release(lease, 'ok')
    }
    const asked = [ask('young', 3_000), ask('old', 1_000), ask('middle', 2_000)]
    // Answered after the three: calls of one caller arrive in order.
    expect(await budget.lease('hurried', 0, 0)).toMatchObject({ granted: false })
    expect(order).toEqual([])
    await budget.release(leases[0] ?? '', 'ok')
    await Promise.all(asked)
    expect(order).toEqual(['old', 'middle', 'young'])
  })

  it('tells who waited for too long to come later', async () => {
    const budget = newBudget()
    await exhaust(budget)
    const answer = await budget.lease('patient', Date.now(), 50)
    expect(answer).toEqual({ granted: false, retryMs: expect.any(Number) })
  })

  it('ends the older of two calls of one room', async () => {
    const budget = newBudget()
    const [lease = ''] = await exhaust(budget)
    const older = budget.lease('twice', 1, WAIT_MS)
    const newer = budget.lease('twice', 2, WAIT_MS)
    expect(await older).toMatchObject({ granted: false })
    await budget.release(lease, 'ok')
    expect(await newer).toMatchObject({ granted: true })
  })

  it('does not mind what is given back twice, or is no permit of its', async () => {
    const budget = newBudget()
    const [lease = ''] = await exhaust(budget)
    for (const wrong of ['', 'nonsense', `${crypto.randomUUID()}/1`, `${lease}0`])
      await budget.release(wrong, 'ok')
    await budget.release(lease, 'ok')
    await budget.release(lease, 'ok')
    await leaseOf(budget, 'next')
    expect(await budget.lease('one too many', 0, 0)).toMatchObject({ granted: false })
  })

  it('sends everybody away at once when the database is gone', async () => {
    const budget = newBudget()
    for (let i = 0; i < settings.budget.breakAfter; i++)
      await budget.release(await leaseOf(budget, `room ${i}`), 'unavailable')
    const answer = await budget.lease('next', 0, WAIT_MS)
    expect(answer.granted).toBe(false)
    if (!answer.granted) expect(answer.retryMs).toBeGreaterThanOrEqual(500)
  })

  it('starts empty when it slept: the breaker is closed, and flushBudget of before are unknown', async () => {
    const budget = newBudget()
    const before: string[] = []
    for (let i = 0; i < settings.budget.breakAfter; i++) {
      const lease = await leaseOf(budget, `room ${i}`)
      before.push(lease)
      await budget.release(lease, 'unavailable')
    }
    await evictDurableObject(budget)
    const leases = await exhaust(budget)
    for (const lease of before) await budget.release(lease, 'ok')
    expect(await budget.lease('one too many', 0, 0)).toMatchObject({ granted: false })
    expect(new Set([...before, ...leases]).size).toBe(before.length + leases.length)
  })
})

describe('what keeps the flush budget awake', () => {
  let timers: PendingTimers | null = null

  afterEach(() => {
    timers?.stop()
    timers = null
  })

  it('is a permit that is out or somebody who waits, and nothing else', async () => {
    timers = new PendingTimers()
    const budget = newBudget()
    const leases = await exhaust(budget)
    const waits = leaseOf(budget, 'waits')
    expect(await budget.lease('hurried', 0, 0)).toMatchObject({ granted: false })
    expect(timers.waiting).toHaveLength(1)
    for (const lease of leases) await budget.release(lease, 'ok')
    await budget.release(await waits, 'ok')
    expect(timers.waiting).toEqual([])
    expect(timers.armed).toBeGreaterThan(0)
  })
})

describe('rooms that flush with flushBudget', () => {
  it('are never more at one time than the budget allows, and all come to it', async () => {
    const test = crypto.randomUUID()
    const namespace: BudgetNamespace = {
      getByName: (shard) => env.FLUSH_BUDGET.getByName(`${test} ${shard}`),
    }
    let flushing = 0
    let begun = 0
    let most = 0
    let together: (() => void)[] = []
    /** Ends when as many as may be are at it together, or the last ones are. */
    const flush = async (): Promise<FlushOutcome> => {
      begun++
      flushing++
      most = Math.max(most, flushing)
      await new Promise<void>((resolve) => {
        together.push(resolve)
        if (together.length < concurrent && begun < rooms.length) return
        for (const end of together) end()
        together = []
      })
      flushing--
      return 'ok'
    }
    const rooms = Array.from({ length: 3 * concurrent }, (_, i) => `room ${i}`)
    const results = await Promise.all(
      rooms.map((room) => withLease(namespace, settings, room, Date.now(), flush)),
    )
    expect(results).toEqual(rooms.map(() => ({ done: true })))
    expect(most).toBe(concurrent)
  })
})

declare global {
  namespace Cloudflare {
    interface Env {
      readonly FLUSH_BUDGET: DurableObjectNamespace<
        import('../../../durable-objects/flush/budget-object.ts').FlushBudgetObject
      >
    }
  }
}
