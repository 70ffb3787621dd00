/**
 * Setting of a room’s alarm: seldom, never too late, and never for a time at which the platform would lose
 * it.
 */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { AlarmClock } from '../../../durable-objects/room/alarm-clock.ts'

const NOW = 1_800_000_000_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A clock over a storage that records each setting. */
function clockOver(stored: number | null) {
  const set: number[] = []
  const clock = new AlarmClock({
    getAlarm: async () => stored,
    setAlarm: async (time) => {
      set.push(time)
    },
  })
  return { clock, set }
}

it.each([
  ['now', NOW],
  ['in the past', NOW - 5_000],
  ['in less than a millisecond', NOW + 0.4],
])('sets an alarm due %s for the next millisecond, not for one that may be running', async (_, due) => {
  const { clock, set } = clockOver(NOW)
  clock.cleared()
  await clock.ensure(due)
  expect(set).toEqual([NOW + 1])
})

it('sets whole milliseconds, and none too early', async () => {
  const { clock, set } = clockOver(null)
  await clock.ensure(NOW + 500.25)
  expect(set).toEqual([NOW + 501])
})

it('keeps an alarm that comes early enough, also one from before the object slept', async () => {
  const { clock, set } = clockOver(NOW + 100)
  await clock.ensure(NOW + 200)
  expect(set).toEqual([])
  await clock.ensure(NOW + 50)
  await clock.ensure(NOW + 60)
  expect(set).toEqual([NOW + 50])
})

it('knows which alarms come soon enough', async () => {
  const { clock } = clockOver(null)
  expect(clock.isSetBy(NOW + 1_000)).toBe(false)
  await clock.ensure(NOW + 500)
  expect([clock.isSetBy(NOW + 499), clock.isSetBy(NOW + 500)]).toEqual([false, true])
  clock.cleared()
  expect(clock.isSetBy(NOW + 500)).toBe(false)
})
