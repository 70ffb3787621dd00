/** The flush budget and its breaker: by examples, and over random courses of events. */
import { describe, expect, it } from 'vitest'
import type { FlushOutcome } from '../../../core/flush/breaker.ts'
import { type BudgetSettings, DEFAULT_BUDGET, FlushBudget, type Refusal } from '../../../core/flush/budget.ts'
import type { Random } from '../../support/random.ts'
import { seeded } from '../../support/seeded.ts'

/** A budget, driven by hand; records its decisions. */
class Harness {
  readonly granted: string[] = []
  readonly refused: Refusal[] = []
  wakeAt: number | null = null
  readonly #budget: FlushBudget
  readonly #leases = new Map<string, number>()

  constructor(settings: Partial<BudgetSettings> = {}) {
    this.#budget = new FlushBudget({ ...DEFAULT_BUDGET, ...settings })
  }

  ask(now: number, room: string, { since = now, waitMs = 20_000, random = 0 } = {}): this {
    this.#budget.ask(now, room, since, waitMs, random)
    return this.at(now)
  }

  release(now: number, room: string, outcome: FlushOutcome = 'ok', random = 0): this {
    this.#budget.release(now, this.#leases.get(room) ?? -1, outcome, random)
    return this.at(now)
  }

  at(now: number): this {
    const { granted, refused, wakeAt } = this.#budget.advance(now)
    for (const { room, lease } of granted) {
      this.granted.push(room)
      this.#leases.set(room, lease)
    }
    this.refused.push(...refused)
    this.wakeAt = wakeAt
    return this
  }

  /** Refusals since the last call. */
  refusals(): Refusal[] {
    return this.refused.splice(0)
  }
}

describe('the flush budget', () => {
  it('grants at once if nothing is in progress', () => {
    expect(new Harness().ask(0, 'a').granted).toEqual(['a'])
  })

  it('limits the number of concurrent flushes', () => {
    const harness = new Harness({ concurrent: 3, perWindow: 1_000 })
    for (const [i, room] of ['a', 'b', 'c', 'd', 'e'].entries()) harness.ask(i * 10, room)
    expect(harness.granted).toEqual(['a', 'b', 'c'])
    expect(harness.release(100, 'b').granted).toEqual(['a', 'b', 'c', 'd'])
    expect(harness.at(1_000).granted).toHaveLength(4)
  })

  it('delays nobody after its clock was set back by an hour', () => {
    const hour = 3_600_000
    const harness = new Harness({ concurrent: 1, perWindow: 10, breakAfter: 1, openMs: 1_000 })
    harness.ask(hour, 'a').ask(hour, 'b')
    expect(harness.granted).toEqual(['a'])
    // The earlier lease no longer counts, and the breaker does not stay open for an hour.
    harness.ask(5, 'c')
    expect(harness.at(1_000).granted).toContain('c')
    harness.release(1_000, 'c', 'unavailable')
    harness.ask(0, 'd')
    expect(harness.ask(2_500, 'e').granted).toContain('e')
  })

  it('spaces grants evenly, and further apart than the window alone requires', () => {
    const harness = new Harness({ concurrent: 100, perWindow: 10, windowMs: 1_000, jitterMs: 50 })
    for (let i = 0; i < 20; i++) harness.ask(0, `room ${i}`)
    const times: number[] = []
    while (harness.granted.length < 20) {
      const before = harness.granted.length
      const now = harness.wakeAt ?? Number.NaN
      if (harness.at(now).granted.length > before) times.push(now)
    }
    expect(times.map(Math.round)).toEqual(Array.from({ length: 19 }, (_, i) => (i + 1) * 105))
  })

  it('serves the longest-waiting room first, even if it asks last', () => {
    const harness = new Harness({ concurrent: 1 }).ask(0, 'busy')
    harness.ask(1_000, 'young', { since: 900 }).ask(1_001, 'same age', { since: 900 })
    harness.ask(1_002, 'old', { since: 100 })
    for (const [i, done] of ['busy', 'old', 'young'].entries()) harness.release(2_000 + i * 100, done)
    expect(harness.granted).toEqual(['busy', 'old', 'young', 'same age'])
  })

  it('treats a future time as now', () => {
    const harness = new Harness({ concurrent: 1 }).ask(0, 'busy')
    harness.ask(10, 'ahead', { since: 1_000_000 }).ask(20, 'later').release(100, 'busy')
    expect(harness.granted).toEqual(['busy', 'ahead'])
  })

  it('drops the earlier request of a room that asks twice', () => {
    const harness = new Harness({ concurrent: 1, perWindow: 1_000 }).ask(0, 'busy').ask(1, 'a').ask(2, 'a')
    harness.release(100, 'busy').release(200, 'a').at(300)
    expect(harness.granted).toEqual(['busy', 'a'])
    expect(harness.wakeAt).toBeNull()
  })

  it('frees the lease of a room that died', () => {
    const harness = new Harness({ concurrent: 1, leaseMs: 30_000 }).ask(0, 'dead').ask(15_000, 'b')
    expect(harness.wakeAt).toBe(30_000)
    expect(harness.at(29_999).granted).toEqual(['dead'])
    expect(harness.at(30_000).granted).toEqual(['dead', 'b'])
  })

  it('ignores a lease that is returned twice or too late', () => {
    const harness = new Harness({ concurrent: 1, leaseMs: 1_000, breakAfter: 1 }).ask(0, 'a')
    harness.release(10, 'a').release(20, 'a', 'unavailable').ask(100, 'b').ask(200, 'c')
    expect(harness.granted).toEqual(['a', 'b'])
    harness.at(1_200).release(1_300, 'b', 'unavailable').ask(1_400, 'd')
    expect(harness.granted).toEqual(['a', 'b', 'c'])
    expect(harness.refused).toEqual([])
  })

  it('tells a room to come back later when its wait ends: the later, the more are ahead', () => {
    const harness = new Harness({ concurrent: 1, perWindow: 10, jitterMs: 0 }).ask(0, 'busy')
    harness.ask(1, 'first', { waitMs: 500 }).ask(2, 'second', { waitMs: 300 })
    expect(harness.wakeAt).toBe(302)
    expect(harness.at(302).refusals()).toEqual([{ room: 'second', retryMs: 550 }])
    expect(harness.at(501).refusals()).toEqual([{ room: 'first', retryMs: 500 }])
    expect(harness.ask(600, 'hurried', { waitMs: 0, random: 0.5 }).refusals()).toEqual([
      { room: 'hurried', retryMs: 750 },
    ])
  })

  it('grants at the very moment a wait ends, if possible', () => {
    const harness = new Harness({ concurrent: 1 }).ask(0, 'busy').ask(0, 'a', { waitMs: 500 })
    expect(harness.release(500, 'busy').granted).toEqual(['busy', 'a'])
    expect(harness.refused).toEqual([])
  })

  it('lets only as many wait as it can serve in time, and refuses the newest', () => {
    const harness = new Harness({ concurrent: 1, perWindow: 10, windowMs: 1_000, jitterMs: 0, waitMs: 500 })
    harness.ask(0, 'busy')
    for (let age = 1; age <= 5; age++) harness.ask(10, `${age}`, { since: -age })
    expect(harness.refusals()).toEqual([])
    expect(harness.ask(11, '0', { since: 0 }).refusals()).toMatchObject([{ room: '0' }])
    expect(harness.ask(12, '6', { since: -6 }).refusals()).toMatchObject([{ room: '1' }])
  })

  it('needs no wake-up if nobody waits and nothing is leased', () => {
    expect(new Harness().at(0).wakeAt).toBeNull()
    expect(new Harness().ask(0, 'a').release(5, 'a').wakeAt).toBeNull()
    expect(new Harness({ leaseMs: 100 }).ask(0, 'a').at(100).wakeAt).toBeNull()
  })

  it.each(['concurrent', 'perWindow', 'breakAfter', 'windowMs', 'leaseMs'] as const)(
    'rejects a %s of 0',
    (name) => {
      expect(() => new FlushBudget({ ...DEFAULT_BUDGET, [name]: 0 })).toThrow(RangeError)
    },
  )

  it('rejects times that are not numbers', () => {
    expect(() => new Harness().ask(0, 'a', { since: Number.NaN })).toThrow(RangeError)
  })
})

describe('the breaker of the flush budget', () => {
  const settings = { breakAfter: 3, openMs: 1_000, openMaxMs: 8_000 }

  /** Flushes one after another with these outcomes, beginning at `now`. */
  function flush(harness: Harness, now: number, ...outcomes: FlushOutcome[]): void {
    for (const [i, outcome] of outcomes.entries()) {
      harness.ask(now + i * 100, 'a').release(now + i * 100 + 50, 'a', outcome, 0)
    }
  }

  it('opens after enough consecutive flushes found no database', () => {
    const harness = new Harness(settings)
    flush(harness, 0, 'unavailable', 'unavailable', 'unavailable')
    expect(harness.ask(300, 'b').refusals()).toEqual([{ room: 'b', retryMs: 1_000 }])
    expect(harness.wakeAt).toBeNull()
  })

  it('refuses those waiting at that moment, with different times to return', () => {
    const harness = new Harness({ ...settings, concurrent: 1, breakAfter: 1 }).ask(0, 'busy')
    harness.ask(1, 'b', { random: 0 }).ask(2, 'c', { random: 0.5 })
    expect(harness.release(100, 'busy', 'unavailable').refusals()).toEqual([
      { room: 'b', retryMs: 1_000 },
      { room: 'c', retryMs: 1_250 },
    ])
  })

  it('counts only consecutive failures of the database', () => {
    const harness = new Harness(settings)
    flush(
      harness,
      0,
      'unavailable',
      'unavailable',
      'ok',
      'unavailable',
      'failed',
      'failed',
      'failed',
      'unavailable',
    )
    expect(harness.ask(2_000, 'b').refusals()).toEqual([])
  })

  it('lets exactly one probe through after a while, and everybody once it succeeded', () => {
    const harness = new Harness(settings)
    flush(harness, 0, 'unavailable', 'unavailable', 'unavailable')
    harness.granted.length = 0
    harness.ask(750, 'probe').ask(800, 'b').ask(900, 'c')
    expect(harness.granted).toEqual(['probe'])
    expect(harness.refusals().map(({ room }) => room)).toEqual(['b', 'c'])
    harness.release(950, 'probe', 'ok').ask(960, 'b').ask(990, 'c')
    expect(harness.granted).toEqual(['probe', 'b', 'c'])
  })

  it('opens for twice as long if the probe fails, up to a limit', () => {
    const harness = new Harness(settings)
    flush(harness, 0, 'unavailable', 'unavailable', 'unavailable')
    let now = 250
    for (const openMs of [500, 1_000, 2_000, 4_000, 4_000]) {
      expect(harness.ask(now + openMs - 1, 'early').granted).not.toContain('early')
      now += openMs
      expect(harness.ask(now, 'probe').granted.at(-1)).toBe('probe')
      harness.granted.pop()
      harness.release(now, 'probe', 'unavailable', 0)
    }
  })

  it('opens for a random time between half and all of the setting', () => {
    for (const [random, openMs] of [
      [0, 500],
      [0.5, 750],
    ] as const) {
      const harness = new Harness({ ...settings, breakAfter: 1 })
        .ask(0, 'a')
        .release(0, 'a', 'unavailable', random)
      expect(harness.ask(openMs - 1, 'b').granted).toEqual(['a'])
      expect(harness.ask(openMs, 'c').granted).toEqual(['a', 'c'])
    }
  })

  it.each(['failed', 'dies'])('sends the next probe if the first one %s', (how) => {
    const harness = new Harness({ ...settings, breakAfter: 1, leaseMs: 5_000 })
    harness.ask(0, 'a').release(0, 'a', 'unavailable').ask(500, 'first')
    if (how === 'failed') harness.release(600, 'first', 'failed')
    else harness.at(5_500)
    expect(harness.ask(5_600, 'second').ask(5_700, 'third').granted).toEqual(['a', 'first', 'second'])
  })

  it('is opened only by its probe while half open, but closed by any success', () => {
    const harness = new Harness({ ...settings, breakAfter: 1 })
    harness.ask(0, 'a').ask(100, 'slow').ask(200, 'slower').release(300, 'a', 'unavailable')
    harness.release(400, 'slow', 'unavailable').ask(800, 'probe').release(1_000, 'slower', 'ok')
    expect(harness.ask(1_100, 'b').granted).toEqual(['a', 'slow', 'slower', 'probe', 'b'])
  })
})

describe('the flush budget under random events', () => {
  const seed = seeded()

  it.each([
    { concurrent: 3, perWindow: 10, windowMs: 1_000 },
    { concurrent: 8, perWindow: 50, windowMs: 1_000 },
    { concurrent: 1, perWindow: 1, windowMs: 500 },
    { concurrent: 50, perWindow: 7, windowMs: 333 },
  ])(
    'grants $concurrent at a time and $perWindow per $windowMs ms, oldest first, and starves nobody',
    (limits) => {
      const settings = { ...DEFAULT_BUDGET, ...limits, leaseMs: 4_000, waitMs: 2_000, breakAfter: 2 }
      const grants = course(settings, seed.random, 150)
      const { perWindow, windowMs, jitterMs } = settings
      const arrivals = grants.map((at) => at + seed.random.fraction() * jitterMs).sort((a, b) => a - b)
      for (const times of [grants, arrivals]) {
        for (const [i, time] of times.entries()) {
          const next = times[i + perWindow]
          if (next !== undefined) expect(next - time, seed.note).toBeGreaterThanOrEqual(windowMs - 1e-6)
        }
      }
    },
  )

  /**
   * Rooms ask, come back when told to, flush, die or find no database, until each has been served. Checks at
   * each event how many leases are out, and who is served first.
   * @returns the times of all grants, in ms
   */
  function course(settings: BudgetSettings, random: Random, rooms: number): number[] {
    const budget = new FlushBudget(settings)
    const grants: number[] = []
    const out = new Map<number, { readonly expires: number }>()
    const waiting = new Map<string, number>()
    const unserved = new Set<string>()
    /** Scheduled events, apart from the wake-ups of the budget. */
    const events: { readonly at: number; readonly happens: (now: number) => void }[] = []
    let wakeAt: number | null = null

    const ask = (room: string, since: number) => (now: number) => {
      waiting.set(room, since)
      budget.ask(now, room, since, random.int(settings.waitMs), random.fraction())
    }
    for (let i = 0; i < rooms; i++) {
      const since = random.int(3_000)
      unserved.add(`room ${i}`)
      events.push({ at: since, happens: ask(`room ${i}`, since) })
    }

    let now = 0
    for (let steps = 0; unserved.size > 0 || out.size > 0; steps++) {
      if (steps > 100_000) throw new Error(`${unserved.size} rooms are never served (${seed.note})`)
      events.sort((a, b) => a.at - b.at)
      const next = events[0]
      if (next !== undefined && next.at <= (wakeAt ?? Number.POSITIVE_INFINITY)) {
        events.shift()
        now = Math.max(now, next.at)
        next.happens(now)
      } else if (wakeAt !== null) {
        // Timers are late, never early.
        now = Math.max(now, wakeAt + (random.chance(0.3) ? random.int(20) : 0))
      } else throw new Error(`no wake-up while ${unserved.size} rooms wait (${seed.note})`)
      for (const [lease, { expires }] of out) if (expires <= now) out.delete(lease)

      const decisions = budget.advance(now)
      wakeAt = decisions.wakeAt
      const refused = new Set(decisions.refused.map(({ room }) => room))
      for (const { room, lease } of decisions.granted) {
        const since = waiting.get(room) ?? Number.NaN
        for (const [other, age] of waiting) {
          if (!refused.has(other))
            expect(age, `${other} and ${room}, ${seed.note}`).toBeGreaterThanOrEqual(since)
        }
        waiting.delete(room)
        grants.push(now)
        out.set(lease, { expires: now + settings.leaseMs })
        const dies = random.chance(0.05)
        const outcome: FlushOutcome = random.chance(0.3) ? 'unavailable' : 'ok'
        if (dies || outcome !== 'ok') events.push({ at: now + random.int(10_000), happens: ask(room, since) })
        else unserved.delete(room)
        if (dies) continue
        const release = (at: number) => {
          out.delete(lease)
          budget.release(at, lease, outcome, random.fraction())
        }
        const at = now + random.int(random.chance(0.05) ? 2 * settings.leaseMs : 300)
        events.push({ at, happens: release })
        if (random.chance(0.1)) events.push({ at: at + random.int(100), happens: release })
      }
      for (const { room, retryMs } of decisions.refused) {
        expect(retryMs).toBeGreaterThan(0)
        const since = waiting.get(room) ?? Number.NaN
        waiting.delete(room)
        events.push({ at: now + retryMs, happens: ask(room, since) })
      }
      expect(out.size, seed.note).toBeLessThanOrEqual(settings.concurrent)
    }
    expect(grants.length).toBeGreaterThanOrEqual(rooms)
    return grants
  }
})
