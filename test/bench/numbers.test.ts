/**
 * The spread of repeated measurements: an interval around their median that assumes nothing of their
 * distribution.
 */
import { describe, expect, it } from 'vitest'
import { median, medianInterval } from '../../bench/lib/numbers.ts'

/** Repeatable numbers from 0 to 1 (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('the interval of a median', () => {
  it('is the whole range of three values, with 75 %', () => {
    expect(medianInterval([3, 1, 2], 0.75)).toEqual({ low: 1, high: 3 })
    expect(medianInterval([3, 1, 2], 0.76)).toBeNull()
  })

  it('is the whole range of six values, with 95 %, and needs that many', () => {
    expect(medianInterval([6, 5, 4, 3, 2, 1], 0.95)).toEqual({ low: 1, high: 6 })
    expect(medianInterval([5, 4, 3, 2, 1], 0.95)).toBeNull()
  })

  it('leaves out outer values as soon as the others suffice', () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 1000]
    expect(medianInterval(values, 0.95)).toEqual({ low: 2, high: 8 })
    expect(medianInterval(values, 0.75)).toEqual({ low: 3, high: 7 })
  })

  it('is unknown without values, or with a single one', () => {
    expect(medianInterval([], 0.75)).toBeNull()
    expect(medianInterval([1], 0.75)).toBeNull()
  })

  it('leaves out what was not measured', () => {
    expect(medianInterval([2, Number.NaN, 1, 3], 0.75)).toEqual({ low: 1, high: 3 })
    expect(median([2, Number.NaN, 1, 3])).toBe(2)
  })

  it.each([
    [3, 0.75],
    [6, 0.95],
    [11, 0.75],
    [20, 0.95],
  ])(
    'of %i values contains the true median as often as it says, however skewed they are',
    (count, wanted) => {
      const next = numbers(count)
      const runs = 4000
      let contains = 0
      for (let run = 0; run < runs; run++) {
        // Exponentially distributed: the true median is ln 2.
        const values = Array.from({ length: count }, () => -Math.log(1 - next()))
        const interval = medianInterval(values, wanted)
        if (interval !== null && interval.low <= Math.LN2 && Math.LN2 <= interval.high) contains++
      }
      // Three standard errors below.
      expect(contains / runs).toBeGreaterThan(wanted - 3 * Math.sqrt((wanted * (1 - wanted)) / runs))
    },
  )
})
