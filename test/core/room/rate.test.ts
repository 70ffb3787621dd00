/** How much one connection may send: L1 to L3. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../../../core/protocol/limits.ts'
import { kindOf, tokensOf, tokensOfArchive } from '../../../core/protocol/rates.ts'
import { Bucket, Buckets, type Verdict } from '../../../core/room/rate.ts'

const RATE = { perSecond: 10, burst: 5 }

/** What comes of so many messages at one time. */
function take(bucket: Bucket, now: number, messages: number, tokens = 1): Verdict[] {
  return Array.from({ length: messages }, () => bucket.take(now, tokens))
}

const fine = (messages: number): Verdict[] => Array.from({ length: messages }, () => 'fine')

describe('a bucket', () => {
  it('[L2] gives a burst, warns once, gives as much again, and then nothing', () => {
    const bucket = new Bucket(RATE, 0)
    expect(take(bucket, 0, 5)).toEqual(fine(5))
    expect(take(bucket, 0, 5)).toEqual(['warn', ...fine(4)])
    expect(take(bucket, 0, 2)).toEqual(['over', 'over'])
  })

  it('[L1] fills at its rate, and never above its burst', () => {
    const bucket = new Bucket(RATE, 0)
    take(bucket, 0, 5)
    expect(take(bucket, 300, 4)).toEqual([...fine(3), 'warn'])
    expect(take(bucket, 1_000_000, 6)).toEqual([...fine(5), 'warn'])
  })

  it('[L2] warns whoever sends just as fast as it fills no second time, and never closes on them', () => {
    const bucket = new Bucket(RATE, 0)
    take(bucket, 0, 6)
    for (let now = 100; now < 100_000; now += 100) expect(bucket.take(now, 1)).toBe('fine')
  })

  it('[L2] warns again once it was half full in between', () => {
    const bucket = new Bucket(RATE, 0)
    expect(take(bucket, 0, 6)).toContain('warn')
    expect(take(bucket, 300, 3)).not.toContain('warn')
    expect(take(bucket, 700, 6)).toContain('warn')
  })

  it('[L3] takes a message that costs more than it holds, and lets it be paid back', () => {
    const bucket = new Bucket(RATE, 0)
    expect(bucket.take(0, 30)).toBe('warn')
    expect(bucket.take(1_900, 1)).toBe('over')
    expect(bucket.take(2_100, 1)).toBe('fine')
  })

  it('[L1] of rate 0 holds without end', () => {
    const bucket = new Bucket({ perSecond: 0, burst: 1 }, 0)
    expect(take(bucket, 0, 100, 1_000)).toEqual(fine(100))
  })

  it('is filled by no clock that goes back', () => {
    const bucket = new Bucket(RATE, 10_000)
    take(bucket, 10_000, 10)
    expect(bucket.take(0, 1)).toBe('over')
    expect(bucket.take(10_000, 1)).toBe('over')
    expect(bucket.take(10_200, 1)).toBe('fine')
  })
})

it('[L1] counts submissions, presence and all else apart', () => {
  const buckets = new Buckets({ submit: RATE, chat: RATE, presence: RATE, request: RATE }, 0)
  for (let i = 0; i < 10; i++) buckets.take('presence', 0, 1)
  expect(buckets.take('presence', 0, 1)).toBe('over')
  expect(buckets.take('submit', 0, 1)).toBe('fine')
  expect(buckets.take('request', 0, 1)).toBe('fine')
  expect((['submit', 'presence', 'open', 'blob', 'hello', 'desync'] as const).map(kindOf)).toEqual([
    'submit',
    'presence',
    'request',
    'request',
    'request',
    'request',
  ])
})

it('[L3] counts what is large as many, and what the archive is asked for', () => {
  expect([0, 100, 16_383, 16_384, 1024 * 1024].map(tokensOf)).toEqual([1, 1, 1, 2, 65])
  expect([0, 1, 100, 10_000].map(tokensOfArchive)).toEqual([0, 10, 20, 1_010])
})

it('[L2] by default never warns a person whom the SDK speaks for', () => {
  const buckets = new Buckets(DEFAULT_LIMITS.rates, 0)
  // An hour of typing with 100 acks a second, and a cursor that never rests.
  const verdicts = new Set<Verdict>()
  for (let now = 0; now < 3_600_000; now += 10) {
    verdicts.add(buckets.take('submit', now, 1))
    if (now % 40 === 0) verdicts.add(buckets.take('presence', now, 1))
  }
  expect([...verdicts]).toEqual(['fine'])
  // And then a whole project of 20 MiB at once: sent, and opened.
  for (let i = 0; i < 20; i++) {
    expect(buckets.take('submit', 3_600_000, tokensOf(1024 * 1024))).toBe('fine')
    expect(buckets.take('request', 3_600_000, tokensOf(1024 * 1024))).toBe('fine')
  }
})
