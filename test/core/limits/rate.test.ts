/** Token buckets, and the cost of messages: L1 to L3. */
import { describe, expect, it } from 'vitest'
import { Bucket } from '../../../core/limits/rate.ts'
import { costOf, costOfArchive, kindOf } from '../../../core/protocol/rates.ts'

const RATE = { perSecond: 10, burst: 5 }

/** How many of these messages a bucket accepts at one time. */
function taken(bucket: Bucket, now: number, messages: number, cost = 1): number {
  let count = 0
  for (let i = 0; i < messages; i++) {
    if (!bucket.covers(now, cost)) continue
    bucket.take(now, cost)
    count++
  }
  return count
}

describe('a bucket', () => {
  it('[L2] allows a burst, lends as much again, and then refuses', () => {
    const bucket = new Bucket(RATE, 0)
    expect(taken(bucket, 0, 100)).toBe(10)
    expect(bucket.level(0)).toBe(-5)
  })

  it('[L1] fills at its rate, but never above its burst', () => {
    const bucket = new Bucket(RATE, 0)
    taken(bucket, 0, 5)
    expect(bucket.level(300)).toBe(3)
    expect(bucket.level(1_000_000)).toBe(5)
  })

  it('[L3] refuses what it cannot cover, and lends one burst in total, however much one message costs', () => {
    const bucket = new Bucket(RATE, 0)
    expect(taken(bucket, 0, 3, 3)).toBe(3)
    expect(taken(bucket, 0, 5, 4)).toBe(0)
    expect(taken(bucket, 0, 5, 1)).toBe(1)
    expect(bucket.level(0)).toBe(-5)
  })

  it('[L3] accepts a message that costs more than a burst for a full burst', () => {
    const bucket = new Bucket(RATE, 0)
    expect(taken(bucket, 0, 3, 1_000)).toBe(2)
    expect(taken(bucket, 499, 1, 1_000)).toBe(0)
    expect(taken(bucket, 500, 1, 1_000)).toBe(1)
  })

  it('lends nothing if configured so', () => {
    expect(taken(new Bucket(RATE, 0, 0), 0, 100)).toBe(5)
  })

  it('[L1] of rate 0 is unlimited', () => {
    const bucket = new Bucket({ perSecond: 0, burst: 1 }, 0)
    expect(taken(bucket, 0, 100, 1_000)).toBe(100)
    expect(bucket.isFull(0)).toBe(true)
  })

  it('is not filled by a clock that goes back', () => {
    const bucket = new Bucket(RATE, 10_000)
    taken(bucket, 10_000, 10)
    expect(taken(bucket, 0, 1)).toBe(0)
    expect(taken(bucket, 10_000, 1)).toBe(0)
    expect(taken(bucket, 10_200, 5)).toBe(2)
  })
})

it('[L1] counts submissions, presence and everything else separately', () => {
  expect((['submit', 'presence', 'open', 'blob', 'hello', 'desync'] as const).map(kindOf)).toEqual([
    'submit',
    'presence',
    'request',
    'request',
    'request',
    'request',
  ])
})

it('[L3] counts large messages, and archive reads, as several', () => {
  expect([0, 100, 16_383, 16_384, 1024 * 1024].map(costOf)).toEqual([1, 1, 1, 2, 65])
  expect([0, 1, 100, 10_000].map(costOfArchive)).toEqual([0, 10, 20, 1_010])
})
