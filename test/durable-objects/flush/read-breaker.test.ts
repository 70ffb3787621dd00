/** Reads of a database that does not answer. Uses fake time. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ReadBreaker } from '../../../durable-objects/flush/read-breaker.ts'
import type { Transact } from '../../../schema/statement.ts'
import { StoreError } from '../../../schema/store.ts'

const TIMEOUT_MS = 1_000

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** A database that is down, with a count of requests. */
function away(kind: 'unavailable' | 'credentials' = 'unavailable') {
  const run = vi.fn<Transact>().mockRejectedValue(new StoreError(kind, 'no answer'))
  const guarded = new ReadBreaker(TIMEOUT_MS).guard(run)
  const ask = async () => {
    const { length } = run.mock.calls
    await guarded('read', []).catch((error) => expect(error).toMatchObject({ kind }))
    return run.mock.calls.length > length
  }
  return { run, guarded, ask }
}

async function times(count: number, ask: () => Promise<boolean>): Promise<boolean[]> {
  const asked: boolean[] = []
  for (let i = 0; i < count; i++) asked.push(await ask())
  return asked
}

it('pause after five failures in a row, and one at a time probes whether it is back', async () => {
  const { run, ask } = away()
  expect(await times(7, ask)).toEqual([true, true, true, true, true, false, false])
  vi.setSystemTime(Date.now() + 500)
  expect(await times(2, ask)).toEqual([true, false])
  run.mockResolvedValue([])
  vi.setSystemTime(Date.now() + 1_000)
  expect(await times(3, ask)).toEqual([true, true, true])
})

it('continue after a probe whose object died without reporting its outcome', async () => {
  const { run, guarded, ask } = away()
  await times(5, ask)
  vi.setSystemTime(Date.now() + 500)
  run.mockReturnValue(new Promise(() => {}))
  void guarded('read', [])
  run.mockResolvedValue([])
  expect(await ask()).toBe(false)
  vi.setSystemTime(Date.now() + TIMEOUT_MS + 1)
  expect(await times(2, ask)).toEqual([true, true])
})

it('continue at once when a flush succeeds', async () => {
  const { run, guarded, ask } = away()
  await times(5, ask)
  expect(await ask()).toBe(false)
  run.mockResolvedValue([])
  await guarded('write', [])
  expect(await ask()).toBe(true)
})

it('do not pause for errors that are not the network’s', async () => {
  const { ask } = away('credentials')
  expect(await times(7, ask)).not.toContain(false)
})
