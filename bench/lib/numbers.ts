/** Medians with their spread, percentiles, and a recorder of latencies. */

/** The median of the finite values; NaN if there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}

export interface Interval {
  readonly low: number
  readonly high: number
}

/**
 * The narrowest interval between two of the finite values, equally far from both ends, that contains the
 * median of what they were drawn from with at least this probability; null if there are too few. Assumes
 * nothing of their distribution: each value is as likely below the true median as above it, so that the
 * number below is binomial (the interval of the sign test). Three values contain it with 75 %, six with 97
 * %.
 */
export function medianInterval(values: readonly number[], probability: number): Interval | null {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b)
  const count = sorted.length
  /** That exactly `below` of the values are below the median. */
  let chance = 0.5 ** count
  let outside = 0
  let widest: Interval | null = null
  for (let below = 0; 2 * below < count - 1; below++) {
    outside += 2 * chance
    if (1 - outside < probability) break
    widest = { low: sorted[below] ?? Number.NaN, high: sorted[count - 1 - below] ?? Number.NaN }
    chance *= (count - below) / (below + 1)
  }
  return widest
}

export function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}

/** Rounded to at most `digits` decimals. */
export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits))
}

/** Records all latencies until it is full, and then keeps a uniform sample. */
export class Latencies {
  readonly #values: Float64Array
  #seen = 0

  constructor(capacity = 500_000) {
    this.#values = new Float64Array(capacity)
  }

  add(ms: number): void {
    const at = this.#seen < this.#values.length ? this.#seen : Math.floor(Math.random() * (this.#seen + 1))
    if (at < this.#values.length) this.#values[at] = ms
    this.#seen++
  }

  /** The latency in ms at each quantile in `shares`. */
  percentiles<Name extends string>(shares: Readonly<Record<Name, number>>): Record<Name, number> {
    const sorted = this.#values.slice(0, Math.min(this.#seen, this.#values.length)).sort()
    const of = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
    const entries = Object.entries<number>(shares).map(([name, share]) => [
      name,
      rounded(of(share) ?? Number.NaN, 3),
    ])
    return Object.fromEntries(entries) as Record<Name, number>
  }
}
