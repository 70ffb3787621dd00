/** [P6] When to look for silent sessions. All times in ms. */
import { describe, expect, it } from 'vitest'
import { isSilent, mustNote, nextLook } from '../../../core/limits/silence.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Looks in a room in which nothing happens after 0, until `end`. */
function looks(end: number): number[] {
  const times = [0]
  for (let at = 0; at <= end; times.push(at)) at = nextLook(at, 0, MINUTE)
  return times
}

describe('[P6] a silent session', () => {
  it('is found within two minutes where something happens', () => {
    for (let last = 0; last < MINUTE; last += 100) {
      let look = 0
      while (!isSilent(look, last, MINUTE)) look = nextLook(look, look, MINUTE)
      expect(look - last).toBeLessThanOrEqual(2 * MINUTE)
    }
  })

  it('is none before it has been silent for a minute, even if what was heard last was not noted', () => {
    let noted = 0
    for (let heard = 0; heard < 3 * MINUTE; heard += 700) {
      if (mustNote(heard, noted, MINUTE)) noted = heard
      expect(isSilent(heard + MINUTE - 1, noted, MINUTE)).toBe(false)
    }
  })

  it('is looked for after twice as long each time where nothing happens, at most every ten minutes', () => {
    const times = looks(DAY)
    expect(times.length).toBeLessThan(160)
    for (const [i, time] of times.slice(1).entries()) {
      const rest = time - (times[i] ?? 0)
      expect(rest).toBeLessThanOrEqual(10 * MINUTE)
      expect(rest).toBeLessThanOrEqual(Math.max(MINUTE, times[i] ?? 0))
    }
  })
})
