/** How a room uses the flush budget, against a scripted budget. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FlushOutcome } from '../../../core/flush/breaker.ts'
import type { RoomEvent } from '../../../durable-objects/events/room-event.ts'
import {
  type BudgetNamespace,
  type BudgetStub,
  FlushLease,
  type LeaseAnswer,
  shardOf,
} from '../../../durable-objects/flush/lease.ts'
import { flushBudgetSettingsOf } from '../../../durable-objects/settings/flush-budget.ts'

const settings = flushBudgetSettingsOf({})
const GRANTED: LeaseAnswer = { granted: true, lease: 'lease 1' }

class FakeBudget implements BudgetNamespace, BudgetStub {
  readonly calls: unknown[][] = []
  /** What successive calls of `lease` do. */
  readonly #leases: (() => Promise<LeaseAnswer>)[]
  onRelease = async () => {}

  constructor(...leases: (() => Promise<LeaseAnswer>)[]) {
    this.#leases = leases
  }

  getByName(name: string): BudgetStub {
    this.calls.push(['getByName', name])
    return this
  }

  lease(room: string, since: number, waitMs: number): Promise<LeaseAnswer> {
    this.calls.push(['lease', room, since, waitMs])
    return (this.#leases.shift() ?? (() => Promise.reject(new Error('asked too often'))))()
  }

  release(lease: string, outcome: FlushOutcome): Promise<void> {
    this.calls.push(['release', lease, outcome])
    return this.onRelease()
  }

  to(name: string): unknown[][] {
    return this.calls.filter(([called]) => called === name)
  }
}

const grant = async () => GRANTED
const away = () => Promise.reject(new Error('the object is away'))
const silent = () => new Promise<LeaseAnswer>(() => {})
const NOW = 1_000
/** What the listener of the leases has heard. */
let heard: [RoomEvent['type'], string][]
const leaseOf = (budget: FakeBudget, shards = settings.shards) =>
  new FlushLease(budget, { ...settings, shards }, (event, room) => heard.push([event.type, room]))
const flush = (budget: FakeBudget, work: () => Promise<FlushOutcome>) => leaseOf(budget).run('room', work)

beforeEach(() => {
  vi.useFakeTimers({ now: NOW })
  heard = []
})

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

describe('a room with a lease', () => {
  it.each(['ok', 'unavailable', 'failed'] as const)(
    'does its work and reports that it ended %s',
    async (outcome) => {
      const budget = new FakeBudget(grant)
      expect(await flush(budget, async () => outcome)).toBe(true)
      expect(budget.to('lease')).toEqual([['lease', 'room', NOW, 20_000]])
      expect(budget.to('release')).toEqual([['release', 'lease 1', outcome]])
    },
  )

  it('returns it if its work throws', async () => {
    const budget = new FakeBudget(grant)
    await expect(flush(budget, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(budget.to('release')).toEqual([['release', 'lease 1', 'failed']])
  })

  it.each([
    ['fails', () => Promise.reject(new Error('away'))],
    ['never ends', () => new Promise<void>(() => {})],
  ])('is done even if returning it %s', async (_, onRelease) => {
    const budget = new FakeBudget(grant)
    budget.onRelease = onRelease
    const done = flush(budget, async () => 'ok')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await done).toBe(true)
    expect(heard).toEqual([['budget_silent', 'room']])
  })
})

describe('a room without a lease', () => {
  it('does nothing if it has to come back later', async () => {
    const budget = new FakeBudget(async () => ({ granted: false, retryMs: 700 }))
    const work = vi.fn()
    const lease = leaseOf(budget)
    expect(await lease.run('room', work)).toBe(false)
    expect(lease.retryAt).toBe(NOW + 700)
    expect(work).not.toHaveBeenCalled()
    expect(budget.to('release')).toEqual([])
  })

  it('keeps its place in the queue until it has flushed', async () => {
    const later = async () => ({ granted: false, retryMs: 700 }) as const
    const budget = new FakeBudget(later, grant, grant)
    const lease = leaseOf(budget)
    await lease.run('room', async () => 'ok')
    vi.setSystemTime(lease.retryAt)
    await lease.run('room', async () => 'ok')
    expect(lease.retryAt).toBe(0)
    vi.setSystemTime(NOW + 5_000)
    await lease.run('room', async () => 'ok')
    expect(budget.to('lease').map(([, , since]) => since)).toEqual([NOW, NOW, NOW + 5_000])
  })

  it('asks once more, after a delay, if the budget is down', async () => {
    const budget = new FakeBudget(away, grant)
    const done = flush(budget, async () => 'ok')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await done).toBe(true)
    expect(budget.to('release')).toEqual([['release', 'lease 1', 'ok']])
  })

  it.each([
    ['is away', away],
    ['does not answer', silent],
  ])('flushes anyway if the budget %s twice', async (_, lease) => {
    const budget = new FakeBudget(lease, lease)
    const work = vi.fn(async () => 'ok' as const)
    const done = flush(budget, work)
    await vi.advanceTimersByTimeAsync(2 * (settings.budget.waitMs + 2_000 + 5_000))
    expect(await done).toBe(true)
    expect(work).toHaveBeenCalledOnce()
    expect(budget.to('release')).toEqual([])
  })

  it('returns a lease that arrives after it has stopped waiting', async () => {
    let late = (_: LeaseAnswer) => {}
    const budget = new FakeBudget(
      () =>
        new Promise((resolve) => {
          late = resolve
        }),
      async () => ({ granted: false, retryMs: 5 }),
    )
    const done = flush(budget, async () => 'ok')
    await vi.advanceTimersByTimeAsync(settings.budget.waitMs + 2_000 + 5_000)
    expect(await done).toBe(false)
    late(GRANTED)
    await vi.advanceTimersByTimeAsync(0)
    expect(budget.to('release')).toEqual([['release', 'lease 1', 'failed']])
  })

  it('comes back later, and does not bypass the budget, if that is overloaded', async () => {
    const budget = new FakeBudget(() =>
      Promise.reject(Object.assign(new Error('busy'), { overloaded: true })),
    )
    const lease = leaseOf(budget)
    expect(await lease.run('room', () => Promise.reject(new Error('it worked without a lease')))).toBe(false)
    expect(lease.retryAt).toBeGreaterThanOrEqual(NOW + 5_000)
  })
})

describe('the shards', () => {
  it('get shares of the limits that never exceed the whole', () => {
    for (const [shards, concurrent, perWindow] of [
      [1, 8, 50],
      [3, 8, 50],
      [10, 3, 10],
      [100, 50, 7],
    ] as const) {
      const made = flushBudgetSettingsOf({
        FLUSH_SHARDS: `${shards}`,
        FLUSH_CONCURRENT: `${concurrent}`,
        FLUSH_PER_WINDOW: `${perWindow}`,
      })
      expect(made.budget.concurrent).toBeGreaterThanOrEqual(1)
      expect(made.budget.perWindow).toBeGreaterThanOrEqual(1)
      expect(made.shards * made.budget.concurrent).toBeLessThanOrEqual(concurrent)
      expect(made.shards * made.budget.perWindow).toBeLessThanOrEqual(perWindow)
    }
  })

  it('get about equally many rooms, and a room always has the same one', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 1_000; i++) {
      const shard = shardOf(`room-${i}`, 4)
      expect(shardOf(`room-${i}`, 4)).toBe(shard)
      counts.set(shard, (counts.get(shard) ?? 0) + 1)
    }
    expect([...counts.keys()].sort()).toEqual(['shard-0', 'shard-1', 'shard-2', 'shard-3'])
    expect(Math.min(...counts.values())).toBeGreaterThan(150)
  })

  it('are addressed by the name of the room’s shard', async () => {
    const budget = new FakeBudget(grant)
    await leaseOf(budget, 7).run('room', async () => 'ok')
    expect(new Set(budget.to('getByName').map(([, name]) => name))).toEqual(new Set([shardOf('room', 7)]))
  })
})

describe('the settings of the budget', () => {
  it.each(['0', '-1', '1.5', 'many'])('are rejected if one is %s', (value) => {
    expect(() => flushBudgetSettingsOf({ FLUSH_CONCURRENT: value })).toThrow('FLUSH_CONCURRENT')
  })

  it('have defaults, and are applied', () => {
    expect(flushBudgetSettingsOf({ FLUSH_SHARDS: '' })).toMatchObject({
      shards: 1,
      budget: { concurrent: 8, perWindow: 50, windowMs: 1_000, leaseMs: 30_000 },
    })
    const vars = {
      FLUSH_CONCURRENT: '3',
      FLUSH_PER_WINDOW: '10',
      FLUSH_WINDOW_MS: '500',
      FLUSH_LEASE_MS: '9000',
    }
    expect(flushBudgetSettingsOf(vars).budget).toMatchObject({
      concurrent: 3,
      perWindow: 10,
      windowMs: 500,
      leaseMs: 9_000,
    })
  })
})
