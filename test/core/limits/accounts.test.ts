/**
 * What one user may send, over any number of connections, and the guests of one address together: L1 and L2.
 */
import { describe, expect, it } from 'vitest'
import { Accounts, type Meter, type Verdict } from '../../../core/limits/accounts.ts'
import type { RateKind } from '../../../core/protocol/limits.ts'
import { DEFAULT_LIMITS, type RateLimits } from '../../../core/protocol/limits.ts'
import { costOf } from '../../../core/protocol/rates.ts'

const RATE = { perSecond: 10, burst: 5 }
const rates: RateLimits = { submit: RATE, chat: RATE, presence: RATE, request: RATE }
const ANN = { user: 'ann', address: 'here' }

function take(meter: Meter, now: number, messages: number, kind: RateKind = 'chat'): Verdict[] {
  return Array.from({ length: messages }, () => meter.take(kind, now, 1))
}

const fine = (messages: number): Verdict[] => Array.from({ length: messages }, () => 'fine')
const taken = (verdicts: readonly Verdict[]): number =>
  verdicts.filter((verdict) => verdict !== 'over').length

describe('a connection', () => {
  const open = () => new Accounts({ rates, addressUsers: 0 }).open(ANN, false, 0)

  it('[L2] is warned once before anything is refused', () => {
    const meter = open()
    expect(take(meter, 0, 11)).toEqual([...fine(5), { perSecond: 10 }, ...fine(4), 'over'])
  })

  it('[L2] that sends at exactly its rate is not warned again, and never refused', () => {
    const meter = open()
    take(meter, 0, 6)
    for (let now = 100; now < 100_000; now += 100) expect(meter.take('chat', now, 1)).toBe('fine')
  })

  it('[L2] is warned again if the bucket was half full in between', () => {
    const meter = open()
    expect(take(meter, 0, 6)).toContainEqual({ perSecond: 10 })
    expect(take(meter, 300, 3)).toEqual(fine(3))
    expect(take(meter, 800, 6)).toContainEqual({ perSecond: 10 })
  })

  it('[L1] has a bucket for each kind of message', () => {
    const meter = open()
    take(meter, 0, 20, 'presence')
    expect(take(meter, 0, 1, 'presence')).toEqual(['over'])
    for (const kind of ['submit', 'chat', 'request'] as const)
      expect(take(meter, 0, 1, kind)).toEqual(['fine'])
  })
})

describe('a user', () => {
  it('[L1] gets no more over successive connections than over one', () => {
    const accounts = new Accounts({ rates, addressUsers: 0 })
    let said = 0
    for (let i = 0; i < 1_000; i++) {
      const meter = accounts.open(ANN, false, i)
      said += taken(take(meter, i, 20))
      meter.close()
    }
    // The burst, what it lends, and what a second of filling adds.
    expect(said).toBe(5 + 5 + 9)
  })

  it('[L1] gets no more over many connections at once', () => {
    const accounts = new Accounts({ rates, addressUsers: 0 })
    const meters = Array.from({ length: 60 }, () => accounts.open(ANN, false, 0))
    expect(taken(meters.flatMap((meter) => take(meter, 0, 5, 'presence')))).toBe(10)
  })

  it('[L2] is told a share on each connection, so that all together stay within the rate', () => {
    const accounts = new Accounts({ rates, addressUsers: 0 })
    const [first, second] = [accounts.open(ANN, false, 0), accounts.open(ANN, false, 0)]
    expect(take(first, 0, 6).at(-1)).toEqual({ perSecond: 5 })
    expect(take(second, 0, 1)).toEqual([{ perSecond: 5 }])
    const third = accounts.open(ANN, false, 0)
    expect(third.warnings(0)).toEqual([{ kind: 'chat', perSecond: 10 / 3 }])
    expect(take(first, 0, 1)).toEqual([{ perSecond: 10 / 3 }])
    second.close()
    third.close()
    expect(take(first, 0, 1)).toEqual(['fine'])
  })

  it('[L1] does not affect anybody else', () => {
    const accounts = new Accounts({ rates, addressUsers: 0 })
    take(accounts.open(ANN, false, 0), 0, 20)
    expect(take(accounts.open({ user: 'bob', address: 'here' }, false, 0), 0, 5)).toEqual(fine(5))
  })
})

describe('guests of one address', () => {
  it('[L1] share a fixed multiple of one user’s rate, whatever their ids', () => {
    const accounts = new Accounts({ rates, addressUsers: 4 })
    const said = Array.from({ length: 100 }, (_, i) => {
      const meter = accounts.open({ user: `guest ${i}`, address: 'here' }, true, 0)
      return taken(take(meter, 0, 10))
    })
    expect(said.reduce((sum, each) => sum + each)).toBe(4 * 10)
    const elsewhere = accounts.open({ user: 'guest', address: 'elsewhere' }, true, 0)
    expect(taken(take(elsewhere, 0, 10))).toBe(10)
  })

  it('[L1] do not affect signed-in users there', () => {
    const accounts = new Accounts({ rates, addressUsers: 1 })
    take(accounts.open({ user: 'guest', address: 'here' }, true, 0), 0, 20)
    expect(taken(take(accounts.open(ANN, false, 0), 0, 10))).toBe(10)
  })

  it('[L1] are counted only by user if the address is unknown', () => {
    const accounts = new Accounts({ rates, addressUsers: 1 })
    for (const user of ['one', 'two'])
      expect(taken(take(accounts.open({ user, address: null }, true, 0), 0, 20))).toBe(10)
  })

  it('[L1] are not charged in their own buckets for what the address bucket refuses', () => {
    const accounts = new Accounts({ rates, addressUsers: 1 })
    take(accounts.open({ user: 'loud', address: 'here' }, true, 0), 0, 20)
    const calm = accounts.open({ user: 'calm', address: 'here' }, true, 0)
    take(calm, 0, 20)
    expect(taken(take(calm, 1_500, 20))).toBe(10)
  })
})

it('[L2] by default never warns a class of 200 guests behind one address using the SDK', () => {
  const accounts = new Accounts(DEFAULT_LIMITS)
  const meters = Array.from({ length: 200 }, (_, i) =>
    accounts.open({ user: `g${i}`, address: 'school' }, true, 0),
  )
  const verdicts = new Set<Verdict>()
  // They all arrive at the same moment and open 40 files each; then ten minutes of typing, with an
  // occasional cursor move.
  for (const meter of meters) for (let i = 0; i < 41; i++) verdicts.add(meter.take('request', 0, 1))
  for (let now = 0; now < 600_000; now += 200) {
    for (const meter of meters) {
      verdicts.add(meter.take('submit', now, 1))
      if (now % 400 === 0) verdicts.add(meter.take('presence', now, 1))
    }
  }
  for (const meter of meters) verdicts.add(meter.take('chat', 600_000, 1))
  expect([...verdicts]).toEqual(['fine'])
})

it('[L2] by default never warns a user of the SDK', () => {
  const meter = new Accounts(DEFAULT_LIMITS).open({ user: 'ann', address: 'home' }, true, 0)
  // An hour of typing with 100 acks per second, and a cursor that never rests.
  const verdicts = new Set<Verdict>()
  for (let now = 0; now < 3_600_000; now += 10) {
    verdicts.add(meter.take('submit', now, 1))
    if (now % 40 === 0) verdicts.add(meter.take('presence', now, 1))
  }
  // Then a whole project of 20 MiB at once: sent and opened.
  for (let i = 0; i < 20; i++) {
    verdicts.add(meter.take('submit', 3_600_000, costOf(1024 * 1024)))
    verdicts.add(meter.take('request', 3_600_000, costOf(1024 * 1024)))
  }
  expect([...verdicts]).toEqual(['fine'])
})
