/** When batches are sealed, and when rooms flush. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_PACER, Pacer } from '../../../core/authority/pacer.ts'
import { DEFAULT_FLUSH, type FlushSituation, nextFlush } from '../../../core/flush/policy.ts'

describe('the pacer', () => {
  it('seals at the end of the turn if no commit is being written', () => {
    const pacer = new Pacer(DEFAULT_PACER)
    expect(pacer.submitted(0, 3)).toEqual({ type: 'turn' })
    expect(pacer.submitted(0, 3)).toEqual({ type: 'wait' })
  })

  it('collects while a commit is being written, and seals when that is durable', () => {
    const pacer = new Pacer(DEFAULT_PACER)
    pacer.submitted(0, 3)
    pacer.sealed(0)
    expect(pacer.submitted(1, 3)).toEqual({ type: 'wait' })
    expect(pacer.durable(10, 3, true)).toEqual({ type: 'turn' })
    pacer.sealed(10)
    expect(pacer.durable(20, 3, false)).toEqual({ type: 'wait' })
    expect(pacer.submitted(30, 3)).toEqual({ type: 'turn' })
  })

  it('keeps the configured interval between commits', () => {
    const pacer = new Pacer({ ...DEFAULT_PACER, commitIntervalMs: 50 })
    expect(pacer.submitted(0, 3)).toEqual({ type: 'turn' })
    pacer.sealed(0)
    expect(pacer.durable(5, 3, true)).toEqual({ type: 'at', time: 50 })
    expect(pacer.submitted(6, 3)).toEqual({ type: 'wait' })
  })

  it('keeps a budget of frames per second: more sockets, fewer commits', () => {
    const pacer = new Pacer({ ...DEFAULT_PACER, framesPerSecond: 1_000 })
    pacer.submitted(0, 100)
    pacer.sealed(0)
    expect(pacer.durable(5, 100, true)).toEqual({ type: 'at', time: 100 })
  })
})

describe('the flush policy', () => {
  const typing: FlushSituation = {
    dirtySince: 1_000,
    lastCommit: 2_000,
    dirtyBytes: 100,
    sessions: 2,
    failures: 0,
    lastFailure: 0,
  }
  const settings = { ...DEFAULT_FLUSH, idleMs: 3_000, maxAgeMs: 30_000, retryMs: 1_000, retryMaxMs: 60_000 }

  it('does not wait if much has been written', () => {
    expect(nextFlush({ ...typing, dirtyBytes: settings.maxBytes }, settings, 0)).toBe(typing.dirtySince)
  })

  it('has nothing to do if the store has everything', () => {
    expect(nextFlush({ ...typing, dirtySince: null }, settings, 0)).toBeNull()
  })

  it('flushes some time after the last commit', () => {
    expect(nextFlush(typing, settings, 0)).toBe(5_000)
  })

  it('lets no commit wait longer than the maximum age, whatever the typing', () => {
    expect(nextFlush({ ...typing, lastCommit: 30_500 }, settings, 0)).toBe(31_000)
    // Long typing gets a longer pause: each check whether it has stopped costs a row.
    expect(nextFlush({ ...typing, lastCommit: 11_000 }, settings, 0)).toBe(16_000)
  })

  it('flushes at once if nobody is in the room', () => {
    expect(nextFlush({ ...typing, sessions: 0 }, settings, 0)).toBeLessThanOrEqual(typing.lastCommit)
  })

  it('backs off while the store fails: doubling up to a ceiling, with jitter of up to half', () => {
    const failing = (failures: number, random: number) =>
      nextFlush({ ...typing, sessions: 0, failures, lastFailure: 10_000 }, settings, random)
    expect(failing(1, 0)).toBe(10_500)
    expect(failing(1, 0.999)).toBeCloseTo(11_000, -1)
    expect(failing(4, 0)).toBe(14_000)
    expect(failing(60, 0)).toBe(40_000)
  })
})
