import { expect, it } from 'vitest'
import { Ledger } from '../../../core/limits/ledger.ts'

/** An entry that recovers at a given time. */
const until = (fullAt: number) => () => ({ fullAt, isFull: (now: number) => now >= fullAt })

it('returns the same entry for the same key', () => {
  const ledger = new Ledger<{ fullAt: number; isFull(now: number): boolean }>(2)
  const one = ledger.of('one', 0, until(100))
  expect(ledger.of('one', 0, until(7))).toBe(one)
})

it('drops recovered entries first, and never exceeds its bound', () => {
  const ledger = new Ledger<{ fullAt: number; isFull(now: number): boolean }>(3)
  const first = ledger.of('first', 0, until(1_000))
  ledger.of('recovered', 0, until(10))
  const third = ledger.of('third', 0, until(1_000))
  ledger.of('new', 20, until(1_000))
  expect(ledger.size).toBe(3)
  expect([ledger.of('first', 20, until(7)), ledger.of('third', 20, until(7))]).toEqual([first, third])
})

it('drops the oldest if none has recovered', () => {
  const ledger = new Ledger<{ fullAt: number; isFull(now: number): boolean }>(100)
  for (let i = 0; i < 1_000; i++) {
    ledger.of(`${i}`, 0, until(1_000))
    expect(ledger.size).toBeLessThanOrEqual(100)
  }
  expect(ledger.of('999', 0, until(7)).fullAt).toBe(1_000)
  expect(ledger.of('0', 0, until(7)).fullAt).toBe(7)
})
