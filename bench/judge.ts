/**
 * Judges the bars of bars.ts. Each round gives one value: a figure, or the ratio of two figures of that
 * round. The median of the rounds is what was measured, and their spread says how far it can be trusted: a
 * bar holds, or does not, only if the whole spread is on one side of it.
 */
import { BARS, type Bar, type Round } from './bars.ts'
import { type Interval, median, medianInterval } from './lib/numbers.ts'

/**
 * How probable it is that a spread contains what more rounds would give: with three rounds, the spread is
 * from the lowest to the highest; with more, the outer ones are left out.
 */
const SPREAD = 0.75

export type Judgement = 'holds' | 'does not hold' | 'not decided' | 'not measured'

export interface Verdict extends Omit<Bar, 'value'> {
  /** The median; null if it was not measured. */
  readonly measured: number | null
  /** Null with fewer than three rounds. */
  readonly spread: Interval | null
  readonly judgement: Judgement
}

/** The spread of the values of several rounds; null with fewer than three. */
export const spreadOf = (values: readonly number[]): Interval | null => medianInterval(values, SPREAD)

export function judge(rounds: readonly Round[], bars: readonly Bar[] = BARS): Verdict[] {
  return bars.map(({ value, ...bar }) => {
    const values = rounds.map(value)
    const measured = median(values)
    const spread = spreadOf(values)
    return {
      ...bar,
      measured: Number.isNaN(measured) ? null : measured,
      spread,
      judgement: Number.isNaN(measured) ? 'not measured' : judgementOf(bar, spread),
    }
  })
}

function judgementOf({ sense, bar }: Pick<Bar, 'sense' | 'bar'>, spread: Interval | null): Judgement {
  if (spread === null) return 'not decided'
  const reaches = (value: number) => (sense === '≥' ? value >= bar : value <= bar)
  const [low, high] = [reaches(spread.low), reaches(spread.high)]
  if (low !== high) return 'not decided'
  return low ? 'holds' : 'does not hold'
}
