/** What a room's one alarm is set to: seldom, never too late, and never for a moment that would lose it. */
import { describe, expect, it } from 'vitest'
import { evictionDue, isEarlyEnough, nextAlarm } from '../../../core/flush/next-alarm.ts'
import { DEFAULT_FLUSH } from '../../../core/flush/policy.ts'

const NOW = 1_800_000_000_000
const NOTHING = { flush: null, eviction: null, liveness: null }

describe('the next alarm', () => {
  it('is none while nothing is due', () => {
    expect(nextAlarm(NOTHING, null, NOW)).toBeNull()
  })

  it.each([
    ['a flush', { ...NOTHING, flush: NOW + 50, liveness: NOW + 70 }, NOW + 50],
    ['letting go', { ...NOTHING, eviction: NOW + 60 }, NOW + 60],
    ['a look at the sessions', { flush: NOW + 90, eviction: null, liveness: NOW + 70 }, NOW + 70],
  ])('is for what comes first: %s', (_, dues, time) => {
    expect(nextAlarm(dues, null, NOW)).toBe(time)
  })

  it.each([
    ['now', NOW],
    ['in the past', NOW - 5_000],
    ['in less than a millisecond', NOW + 0.4],
  ])('is the next millisecond if something is due %s, not one that may be running', (_, flush) => {
    expect(nextAlarm({ ...NOTHING, flush }, null, NOW)).toBe(NOW + 1)
  })

  it('is a whole millisecond, and none too early', () => {
    expect(nextAlarm({ ...NOTHING, flush: NOW + 500.25 }, null, NOW)).toBe(NOW + 501)
  })

  it('is not set again if one is set that comes early enough', () => {
    const dues = { ...NOTHING, flush: NOW + 100 }
    expect([NOW + 50, NOW + 100, NOW + 101].map((set) => nextAlarm(dues, set, NOW))).toEqual([
      null,
      null,
      NOW + 100,
    ])
  })

  it('waits after a failure, whatever is due', () => {
    expect(nextAlarm({ ...NOTHING, flush: NOW }, null, NOW, NOW + 1_000)).toBe(NOW + 1_000)
    expect(nextAlarm({ ...NOTHING, flush: NOW + 2_000 }, null, NOW, NOW + 1_000)).toBe(NOW + 2_000)
  })
})

describe('the alarm that is set', () => {
  const settings = { ...DEFAULT_FLUSH, idleMs: 3_000, maxAgeMs: 30_000, maxBytes: 1_000 }

  it('is early enough for a commit if it comes before the pause that a flush waits for is over', () => {
    const at = (set: number | null) => isEarlyEnough(set, 3_000, 10, settings, NOW)
    expect([at(null), at(NOW + 60_000), at(NOW + 3_001), at(NOW + 3_000)]).toEqual([
      false,
      false,
      false,
      true,
    ])
  })

  it('is not early enough if so much is dirty that a flush is due at once', () => {
    expect(isEarlyEnough(NOW + 3_000, 3_000, 1_000, settings, NOW)).toBe(false)
    expect(isEarlyEnough(NOW + 1, 3_000, 1_000, settings, NOW)).toBe(true)
  })

  it('has to come before the greatest age, if that is shorter than the idle time', () => {
    expect(isEarlyEnough(NOW + 2_000, 3_000, 10, { ...settings, maxAgeMs: 1_000 }, NOW)).toBe(false)
  })
})

describe('a room may be let go', () => {
  const GRACE_MS = 60_000
  const empty = { connections: 0, calls: 0, isStored: true, leftAt: NOW - 10_000, askAt: 0 }

  it('when the grace period after the last connection is over', () => {
    expect(evictionDue(empty, GRACE_MS, NOW)).toBe(NOW + 50_000)
  })

  it.each([
    ['somebody is connected', { connections: 1 }],
    ['a call is under way', { calls: 1 }],
    ['Postgres lacks something', { isStored: false }],
  ])('never while %s', (_, over) => {
    expect(evictionDue({ ...empty, ...over }, GRACE_MS, NOW)).toBeNull()
  })

  it('not before the database may be asked', () => {
    expect(evictionDue({ ...empty, askAt: NOW + 70_000 }, GRACE_MS, NOW)).toBe(NOW + 70_000)
  })

  it('after one grace period if nobody was ever there, or the clock was set back', () => {
    expect(evictionDue({ ...empty, leftAt: null }, GRACE_MS, NOW)).toBe(NOW + GRACE_MS)
    expect(evictionDue({ ...empty, leftAt: NOW + 1_000_000 }, GRACE_MS, NOW)).toBe(NOW + GRACE_MS)
  })
})
