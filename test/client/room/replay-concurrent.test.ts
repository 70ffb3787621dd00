/**
 * Replay of concurrent traces through the whole system: their agents are clients that edit at the same
 * time.
 */
import { expect, it, vi } from 'vitest'
import { replayConcurrent, weaveTrace } from '../../../dev/traces/concurrent-replayer.ts'
import { Copy } from '../../../dev/traces/weave.ts'
import { BY_HAND, byChance, traceOf } from '../../dev/concurrent-sample.ts'
import { place } from '../support/people.ts'

const here = place()

async function replayed(trace: ReturnType<typeof traceOf>) {
  const room = `replay-${crypto.randomUUID()}`
  const played: number[] = []
  const replay = await replayConcurrent(weaveTrace(trace), { url: here.stack.url, room }, (count) =>
    played.push(count),
  )
  expect(played.at(-1)).toBe(trace.txns.length)
  await here.flushed(room)
  const [stored] = await here.stack.query<{ text: string }>('select text from files where room = $1', [room])
  const { texts, served, expected } = replay
  expect([...texts, served, stored?.text]).toEqual(Array(trace.agents + 2).fill(expected))
  return replay
}

it('has the trace’s text everywhere when no two agents write at the same place', async () => {
  const { expected, crossed, rounds } = await replayed(traceOf(BY_HAND))
  expect(expected).toBe(BY_HAND.endContent)
  expect([rounds, crossed]).toEqual([4, 1])
})

it.each([1, 2, 3])(
  'converges, with nothing lost or duplicated, when three agents write and delete at one place (%i)',
  async (seed) => {
    const trace = traceOf(byChance(seed, 250))
    const { expected, crossed } = await replayed(trace)
    const sorted = (text: string) => [...text].sort().join('')
    expect(sorted(expected)).toBe(sorted(trace.endContent))
    expect(crossed).toBeGreaterThan(3)
  },
)

it('stops at the round in which something is lost', async () => {
  const room = `replay-${crypto.randomUUID()}`
  const woven = weaveTrace(traceOf(BY_HAND))
  // As if the first character had never arrived.
  vi.spyOn(Copy.prototype, 'follow').mockImplementationOnce(function (this: Copy, text) {
    return this.follow(text.slice(1))
  })
  const replay = replayConcurrent(woven, { url: here.stack.url, room }, () => {})
  await expect(replay).rejects.toThrow('after round 1 something is lost or duplicated')
})
