/** When rooms flush. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_FLUSH, type FlushSituation, nextFlush } from '../../../core/flush/policy.ts'

const NOW = 2_000

describe('the flush policy', () => {
  const typing: FlushSituation = {
    dirtySince: 1_000,
    flushed: null,
    lastCommit: 2_000,
    dirtyBytes: 100,
    sessions: 2,
    failures: 0,
    lastFailure: 0,
    leaseAt: 0,
  }
  const settings = { ...DEFAULT_FLUSH, idleMs: 3_000, maxAgeMs: 30_000, retryMs: 1_000, retryMaxMs: 60_000 }

  it('does not wait if much has been written', () => {
    expect(nextFlush({ ...typing, dirtyBytes: settings.maxBytes }, settings, 0, NOW)).toBe(typing.dirtySince)
  })

  it('has nothing to do if the store has everything', () => {
    expect(nextFlush({ ...typing, dirtySince: null }, settings, 0, NOW)).toBeNull()
  })

  it('flushes some time after the last commit', () => {
    expect(nextFlush(typing, settings, 0, NOW)).toBe(5_000)
  })

  it('lets no commit wait longer than the maximum age, whatever the typing', () => {
    expect(nextFlush({ ...typing, lastCommit: 30_500 }, settings, 0, NOW)).toBe(31_000)
    // Long typing gets a longer pause: each check whether it has stopped costs a row.
    expect(nextFlush({ ...typing, lastCommit: 11_000 }, settings, 0, NOW)).toBe(21_000)
  })

  it('remembers over a flush how long people have typed, until they pause', () => {
    const dueAfter = (since: number, until: number) =>
      nextFlush({ ...typing, flushed: { since, until } }, settings, 0, 2_000)
    expect(dueAfter(-19_000, 500)).toBe(23_000)
    // They paused for 17 s before the commit at 1,000, having typed for 3.
    expect(dueAfter(-19_000, -16_000)).toBe(5_000)
  })

  it('flushes at once if nobody is in the room', () => {
    expect(nextFlush({ ...typing, sessions: 0 }, settings, 0, NOW)).toBeLessThanOrEqual(typing.lastCommit)
  })

  it('backs off while the store fails: doubling up to a ceiling, with jitter of up to half', () => {
    const failing = (failures: number, random: number) =>
      nextFlush({ ...typing, sessions: 0, failures, lastFailure: 10_000 }, settings, random, NOW)
    expect(failing(1, 0)).toBe(10_500)
    expect(failing(1, 0.999)).toBeCloseTo(11_000, -1)
    expect(failing(4, 0)).toBe(14_000)
    expect(failing(60, 0)).toBe(40_000)
  })
  it('is never due long after now, even if the clock was set back', () => {
    const ahead = { ...typing, dirtySince: 9_000_000, lastCommit: 9_000_000 }
    expect(nextFlush(ahead, settings, 0, NOW)).toBe(NOW + settings.retryMaxMs)
  })

  it('waits until the flush budget may be asked again', () => {
    expect(nextFlush({ ...typing, leaseAt: 7_000 }, settings, 0, NOW)).toBe(7_000)
    expect(nextFlush({ ...typing, leaseAt: 4_000 }, settings, 0, NOW)).toBe(5_000)
  })
})
