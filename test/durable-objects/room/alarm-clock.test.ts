/** How a room's alarm is set: in storage, and seldom, since each setting is a billed row. */
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
  const flushAt = (flush: number, least = 0) => clock.setFor({ flush, eviction: null, liveness: null }, least)
  return { clock, set, flushAt }
}

it('keeps an alarm that comes early enough, also one from before the object slept', async () => {
  const { set, flushAt } = clockOver(NOW + 100)
  await flushAt(NOW + 200)
  expect(set).toEqual([])
  await flushAt(NOW + 50)
  await flushAt(NOW + 60)
  expect(set).toEqual([NOW + 50])
})

it('sets it again once it has fired, and not before the given time', async () => {
  const { clock, set, flushAt } = clockOver(NOW)
  clock.cleared()
  await flushAt(NOW, NOW + 1_000)
  expect(set).toEqual([NOW + 1_000])
})

it('knows when it fires', async () => {
  const { clock, flushAt } = clockOver(null)
  expect(clock.time).toBeNull()
  await flushAt(NOW + 500)
  expect(clock.time).toBe(NOW + 500)
  clock.cleared()
  expect(clock.time).toBeNull()
})
