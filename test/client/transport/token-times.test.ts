/** When tokens are requested, by a fake clock. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SdkError } from '../../../client/index.ts'
import { Connection, type Loss } from '../../../client/transport/connection.ts'
import { Tokens } from '../../../client/transport/tokens.ts'

it('requests a token again when none comes within 15 s, and reports the reason', async () => {
  vi.useFakeTimers()
  try {
    const offered: string[][] = []
    const socket = (_: string, protocols: string[]) => {
      offered.push(protocols)
      throw new Error('no network')
    }
    let asked = 0
    const failures: SdkError[] = []
    const tokens = new Tokens(() => (++asked === 1 ? new Promise<string>(() => {}) : 'second'), {
      renewed: () => expect.unreachable(),
      failed: (error) => failures.push(error),
    })
    const losses: Loss[] = []
    const target = { url: 'ws://127.0.0.1', token: 'none', socket }
    const down = (loss: Loss) => losses.push(loss)
    const handlers = { up: () => {}, frame: () => {}, down, alive: () => {}, answerMs: () => 1_000 }
    const connection = new Connection(target, tokens, handlers)
    await vi.advanceTimersByTimeAsync(15_000)
    const reason = expect.stringContaining('no token within 15 s')
    expect(losses).toMatchObject([{ retry: true, isAnswer: false, reason }])
    expect(failures).toMatchObject([{ code: 'unauthenticated', message: reason }])
    await vi.advanceTimersByTimeAsync(250)
    expect(offered).toEqual([['edgeroom.v1', 'second']])
    connection.close()
  } finally {
    vi.useRealTimers()
  }
})

describe('the time of a renewal', () => {
  let asked = 0
  const sent: string[] = []
  let tokens: Tokens

  beforeEach(async () => {
    vi.useFakeTimers()
    asked = 0
    sent.length = 0
    tokens = new Tokens(() => `token-${asked++}`, {
      renewed: (token) => sent.push(token),
      failed: () => expect.unreachable(),
    })
    await tokens.show()
  })

  afterEach(() => {
    tokens.stop()
    vi.useRealTimers()
  })

  const later = (ms: number) => vi.advanceTimersByTimeAsync(ms)

  it.each([
    ['60 to 90 s before the expiry', 60 * 60_000, 58.5 * 60_000, 59 * 60_000],
    ['after a quarter to half of a short time', 40_000, 10_000, 20_000],
  ])('is %s', async (_, lasts, from, to) => {
    tokens.taken(Date.now() + lasts)
    await later(from - 1)
    expect(sent).toEqual([])
    await later(to - from + 1)
    expect(sent).toEqual(['token-1'])
    await later(lasts)
    expect(asked).toBe(2)
  })

  it('differs between clients', async () => {
    const times = new Set<number>()
    for (let i = 0; i < 20; i++) {
      const start = Date.now()
      tokens.taken(start + 60 * 60_000)
      await vi.advanceTimersToNextTimerAsync()
      times.add(Date.now() - start)
    }
    expect(times.size).toBeGreaterThan(10)
  })

  it('is never for a token without expiry, and not early when no timer can wait that long', async () => {
    tokens.taken(null)
    await later(2 ** 31)
    expect(sent).toEqual([])
    const year = 365 * 24 * 60 * 60_000
    tokens.taken(Date.now() + year)
    await later(year - 120_000)
    expect(sent).toEqual([])
    await later(60_000)
    expect(sent).toEqual(['token-1'])
  })

  it('doubles up to a minute while the clocks differ so much that each token has expired', async () => {
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      const start = Date.now()
      tokens.taken(start - 60 * 60_000)
      await vi.advanceTimersToNextTimerAsync()
      waits.push(Date.now() - start)
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
  })

  it('repeats until there is a token that can be sent', async () => {
    const answers = ['first', 'first', '', 'not a token\n', 'second']
    const failures: SdkError[] = []
    let last = 0
    const other = new Tokens(() => answers[last++] ?? expect.unreachable(), {
      renewed: (token) => sent.push(token),
      failed: (error) => failures.push(error),
    })
    await other.show()
    other.taken(Date.now() + 1_000)
    await later(60_000)
    expect([sent, last, await other.last()]).toEqual([['second'], 5, 'second'])
    expect(failures).toMatchObject([{ code: 'unauthenticated', message: expect.stringContaining('empty') }])
  })

  it('repeats when a requested token never came', async () => {
    const failures: SdkError[] = []
    let last = 0
    const slow = new Tokens(() => (++last === 2 ? new Promise<string>(() => {}) : `slow-${last}`), {
      renewed: (token) => sent.push(token),
      failed: (error) => failures.push(error),
    })
    await slow.show()
    slow.taken(Date.now() + 60_000)
    await later(59_000)
    expect([sent, failures.length]).toEqual([['slow-3'], 1])
    slow.stop()
  })

  it('is cancelled when the connection is gone, and so are pending requests', async () => {
    tokens.taken(Date.now() + 10_000)
    tokens.stop()
    await later(60_000)
    expect([asked, sent]).toEqual([1, []])
    let give: (token: string) => void = () => {}
    const slow = new Tokens(() => new Promise<string>((resolve) => (give = resolve)), {
      renewed: (token) => sent.push(token),
      failed: () => expect.unreachable(),
    })
    slow.taken(Date.now() + 10_000)
    await later(10_000)
    slow.stop()
    give('late')
    await later(60_000)
    expect(sent).toEqual([])
  })
})
