/** When batches are sealed, against a simulated event loop. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_PACER, FRAME_MS, LONGEST_FRAME_MS, Pacer, windowMs } from '../../../core/authority/pacer.ts'
import { type Author, closedLoop, openLoop, run } from './loop.ts'

const NONE = { ...DEFAULT_PACER, commitIntervalMs: 0 }

/** A client whose commit is durable 1 ms after its submission. */
function acked(pacer: Pacer, author: string, now: number): void {
  pacer.submitted(author, now, true)
  pacer.sealed(now)
  pacer.durable(now + 1)
}

/** A client whose gap between an ack and the next submission is 2 ms. Returns the time of its last ack. */
function fast(pacer: Pacer, author: string): number {
  acked(pacer, author, 0)
  acked(pacer, author, 3)
  return 4
}

describe('the pacer', () => {
  it('seals at once if no commit is being written and nobody else is about to submit', () => {
    const pacer = new Pacer(DEFAULT_PACER)
    pacer.submitted('a', 0, true)
    expect(pacer.advise(0, 3)).toEqual({ type: 'now' })
  })

  it('collects while a commit is being written, and seals when that is durable', () => {
    const pacer = new Pacer(DEFAULT_PACER)
    pacer.submitted('a', 0, true)
    pacer.sealed(0)
    pacer.submitted('b', 1, true)
    expect(pacer.advise(1, 3)).toEqual({ type: 'wait' })
    pacer.durable(10)
    expect(pacer.advise(10, 3)).toEqual({ type: 'now' })
  })

  it('waits for a client that has just been acked and answers fast, and for nothing once it has', () => {
    const pacer = new Pacer(DEFAULT_PACER)
    const now = fast(pacer, 'a')
    pacer.submitted('b', now, true)
    expect(pacer.advise(now, 3)).toEqual({ type: 'at', time: 3 + FRAME_MS })
    pacer.submitted('a', now + 1, true)
    expect(pacer.advise(now + 1, 3)).toEqual({ type: 'now' })
  })

  it('does not wait for a client that stopped, left or has something to wait for itself', () => {
    const pacer = new Pacer(DEFAULT_PACER)
    const now = fast(pacer, 'a')
    pacer.submitted('b', now + 3 * FRAME_MS, true)
    expect(pacer.advise(now + 3 * FRAME_MS, 3)).toEqual({ type: 'now' })

    const other = new Pacer(DEFAULT_PACER)
    fast(other, 'a')
    other.submitted('b', now, true)
    other.forget('a')
    expect(other.advise(now, 3)).toEqual({ type: 'now' })
  })

  it('never waits for the next submission of an author that sends several at once', () => {
    const pacer = new Pacer(DEFAULT_PACER)
    for (const time of [0, 40, 80]) pacer.submitted('program', time, false)
    pacer.sealed(80)
    pacer.durable(81)
    pacer.submitted('a', 82, true)
    expect(pacer.advise(82, 3)).toEqual({ type: 'now' })
  })

  it('handles a frame in its own event only where nobody else is about to submit', () => {
    const pacer = new Pacer(DEFAULT_PACER)
    const now = fast(pacer, 'a')
    expect(pacer.isAlone('a', now)).toBe(true)
    expect(pacer.isAlone('b', now)).toBe(false)
    expect(new Pacer(NONE).isAlone('a', now)).toBe(false)
  })

  it('keeps the configured interval between commits', () => {
    const pacer = new Pacer({ ...DEFAULT_PACER, commitIntervalMs: 50 })
    pacer.submitted('a', 0, true)
    expect(pacer.advise(0, 3)).toEqual({ type: 'now' })
    pacer.sealed(0)
    pacer.durable(5)
    pacer.submitted('b', 5, true)
    expect(pacer.advise(5, 3)).toEqual({ type: 'at', time: 50 })
    expect(pacer.advise(50, 3)).toEqual({ type: 'now' })
  })

  it('keeps a budget of frames per second: more sockets, fewer commits', () => {
    const pacer = new Pacer({ ...DEFAULT_PACER, framesPerSecond: 1_000 })
    pacer.sealed(0)
    pacer.durable(5)
    pacer.submitted('a', 5, true)
    expect(pacer.advise(5, 100)).toEqual({ type: 'at', time: 100 })
  })

  it('has a longer window while timers are late, up to a bound', () => {
    expect(windowMs(0)).toBe(FRAME_MS)
    expect(windowMs(10)).toBe(FRAME_MS + 10)
    expect(windowMs(1_000)).toBe(LONGEST_FRAME_MS)

    const pacer = new Pacer(DEFAULT_PACER)
    const now = fast(pacer, 'a')
    pacer.submitted('b', now, true)
    for (let times = 0; times < 40; times++) pacer.fired(0, 1_000)
    expect(pacer.advise(now, 3)).toEqual({ type: 'at', time: 3 + LONGEST_FRAME_MS })
    for (let times = 0; times < 40; times++) pacer.fired(0, 0)
    const advice = pacer.advise(now, 3)
    expect(advice.type === 'at' && Math.round(advice.time)).toBe(3 + FRAME_MS)
  })
})

describe('a room with a frame clock', () => {
  const many = (count: number, author: Author) => Array.from({ length: count }, () => author)

  it('does not hold up people who type alone or in a small group', () => {
    const { delays } = run(DEFAULT_PACER, many(3, openLoop(5)))
    expect(delays.p99).toBeLessThan(3)
  })

  it('sends one commit per frame while many people type', () => {
    const { commits, delays } = run(DEFAULT_PACER, many(32, openLoop(10)), { from: 500 })
    expect(commits).toBeLessThan(500 / FRAME_MS + 2)
    expect(delays.p50).toBeLessThanOrEqual(9)
    expect(delays.p99).toBeLessThanOrEqual(18)
  })

  it.each([1, 8, 32, 128])('costs a closed loop of %i programs nothing', (count) => {
    const bots = many(count, closedLoop)
    const paced = run(DEFAULT_PACER, bots)
    expect(paced.opsOf(closedLoop)).toBeGreaterThan(0.9 * run(NONE, bots).opsOf(closedLoop))
    expect(paced.opsOf(closedLoop) / paced.commits).toBeGreaterThan(0.9 * count)
  })

  it('does not slow programs in a closed loop down to the pace of the people beside them', () => {
    const all = [...many(8, closedLoop), ...many(8, openLoop(2))]
    expect(run(DEFAULT_PACER, all).opsOf(closedLoop)).toBeGreaterThan(0.9 * run(NONE, all).opsOf(closedLoop))
  })

  it('goes on at once after some of the programs in a closed loop have stopped', () => {
    const bots = [...many(4, closedLoop), ...many(4, { ...closedLoop, stopsAt: 500 })]
    const last = run(DEFAULT_PACER, bots, { from: 600 })
    expect(last.opsOf(closedLoop)).toBeGreaterThan(
      0.9 * run(NONE, many(4, closedLoop), { from: 600 }).opsOf(closedLoop),
    )
  })
})
