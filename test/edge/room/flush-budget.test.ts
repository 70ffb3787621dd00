/** The flush budget as rooms see it: the real object, called over RPC, with the default limits. */
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import type { FlushOutcome } from '../../../core/flush/breaker.ts'
import { type BudgetNamespace, FlushLease, type LeaseAnswer } from '../../../durable-objects/flush/lease.ts'
import { flushBudgetSettingsOf } from '../../../durable-objects/settings/flush-budget.ts'
import { PendingTimers } from '../pending-timers.ts'

const settings = flushBudgetSettingsOf({})
const { concurrent } = settings.budget
const WAIT_MS = 20_000

/** A new budget for each test. */
const newBudget = () => env.FLUSH_BUDGET.getByName(crypto.randomUUID())

type Budget = ReturnType<typeof newBudget>

function granted(answer: LeaseAnswer): string {
  if (!answer.granted) throw new Error(`not granted, retry after ${answer.retryMs} ms`)
  return answer.lease
}

const leaseOf = async (budget: Budget, room: string) => granted(await budget.lease(room, Date.now(), WAIT_MS))

/** Takes all leases. */
const exhaust = (budget: Budget) =>
  Promise.all(Array.from({ length: concurrent }, (_, i) => leaseOf(budget, `busy ${i}`)))

describe('the object of the flush budget', () => {
  it('holds calls, and grants by age when a lease is returned', async () => {
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

  it('tells a room that waited too long to come back later', async () => {
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

  it('ignores a lease that is returned twice, or is not its own', async () => {
    const budget = newBudget()
    const [lease = ''] = await exhaust(budget)
    for (const wrong of ['', 'nonsense', `${crypto.randomUUID()}/1`, `${lease}0`])
      await budget.release(wrong, 'ok')
    await budget.release(lease, 'ok')
    await budget.release(lease, 'ok')
    await leaseOf(budget, 'next')
    expect(await budget.lease('one too many', 0, 0)).toMatchObject({ granted: false })
  })

  it('refuses everybody at once when the database is down', async () => {
    const budget = newBudget()
    for (let i = 0; i < settings.budget.breakAfter; i++)
      await budget.release(await leaseOf(budget, `room ${i}`), 'unavailable')
    const answer = await budget.lease('next', 0, WAIT_MS)
    expect(answer.granted).toBe(false)
    if (!answer.granted) expect(answer.retryMs).toBeGreaterThanOrEqual(500)
  })

  it('starts empty after hibernation: the breaker is closed, and earlier leases are unknown', async () => {
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

  it('is an outstanding lease or a waiting room, and nothing else', async () => {
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

describe('rooms that flush with leases', () => {
  it('never exceed the budget, and all get their turn', async () => {
    const test = crypto.randomUUID()
    const namespace: BudgetNamespace = {
      getByName: (shard) => env.FLUSH_BUDGET.getByName(`${test} ${shard}`),
    }
    let flushing = 0
    let begun = 0
    let most = 0
    let together: (() => void)[] = []
    /** Resolves when as many as allowed run together, or the last ones do. */
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
      rooms.map((room) => new FlushLease(namespace, settings, null).run(room, flush)),
    )
    expect(results).toEqual(rooms.map(() => true))
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
