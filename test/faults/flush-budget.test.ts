/**
 * Many rooms flush together: the database never sees them faster, or more at once, than the flush budget
 * allows.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { seeded } from '../support/seeded.ts'
import type { Call } from '../support/servers/faulty-endpoint.ts'
import { faultyPlace, upTo } from './faulty-place.ts'

const CONCURRENT = 3
const PER_WINDOW = 10
const WINDOW_MS = 1_000
const ROOMS = 36
/** Positions by which a later room may overtake: those in progress, and those that asked at the same time. */
const UNFAIR = 11

const here = faultyPlace({
  vars: {
    FLUSH_CONCURRENT: String(CONCURRENT),
    FLUSH_PER_WINDOW: String(PER_WINDOW),
    FLUSH_WINDOW_MS: String(WINDOW_MS),
    DATABASE_TIMEOUT_MS: '10000',
  },
})
const seed = seeded()

it('lets many rooms that flush at once through within the limits, in the order of asking', async () => {
  // Sometimes slower than the window, sometimes faster, so that each limit applies.
  here.endpoint.fate = ({ kind }) =>
    kind === 'flush' ? { after: sleep(seed.random.chance(0.5) ? 450 : 20) } : 'pass'
  const asked: string[] = []
  const make = async (lane: number) => {
    for (let i = lane; i < ROOMS; i += 8) asked.push(await here.make({ 'a.txt': `text of ${i}` }))
  }
  await Promise.all(upTo(8).map((lane) => make(lane - 1)))
  await here.endpoint.until(() => new Set(finished().map(({ room }) => room)).size === ROOMS)
  const calls = here.endpoint.of('flush')
  expect(calls.length).toBe(ROOMS)
  expect(most(calls)).toBe(CONCURRENT)
  expect(fullest(calls)).toBeLessThanOrEqual(PER_WINDOW)
  const order = calls.map(({ room }) => room)
  const late = asked.map((room, place) => order.indexOf(room) - place)
  expect(Math.max(...late)).toBeLessThanOrEqual(UNFAIR)
  const stored = await here.query<{ text: string }>('select text from files where path = $1', ['a.txt'])
  expect(stored.map(({ text }) => text).sort()).toEqual(
    upTo(ROOMS)
      .map((i) => `text of ${i - 1}`)
      .sort(),
  )
})

function finished(): Call[] {
  return here.endpoint.of('flush').filter(({ stored, ended }) => stored === 200 && ended !== null)
}

/** The most concurrent flushes. */
function most(calls: readonly Call[]): number {
  return Math.max(
    ...calls.map(
      ({ began }) =>
        calls.filter((other) => other.began <= began && (other.ended ?? Number.POSITIVE_INFINITY) > began)
          .length,
    ),
  )
}

/** The most flushes that began within any window. */
function fullest(calls: readonly Call[]): number {
  return Math.max(
    ...calls.map(
      ({ began }) => calls.filter((other) => other.began >= began && other.began < began + WINDOW_MS).length,
    ),
  )
}
