/** What the pairs of measurements of two versions say: how far a figure changed, and how certain that is. */
import { type Interval, median, medianInterval } from '../lib/numbers.ts'
import type { Figures } from '../load/job.ts'
import { SCENARIOS } from '../scenarios.ts'
import { number, table } from './tables.ts'

/** Two measurements, one right after the other. */
export interface Pair {
  readonly old: Figures
  readonly new: Figures
}

export interface Comparison {
  readonly scenario: string
  readonly figure: string
  /** Medians. */
  readonly old: number
  readonly new: number
  /** The median of new over old within each pair. */
  readonly ratio: number
  /** Contains the true ratio with 95 %; null with fewer than six pairs. */
  readonly interval: Interval | null
}

const CONFIDENCE = 0.95
/** The figures that are compared, and whether less is better. */
const FIGURES: readonly (readonly [name: string, heading: string, isLessBetter: boolean])[] = [
  ['cpuMsPerOp', 'CPU ms/op', true],
  ['opsPerS', 'ops/s', false],
  ['receiptP50', 'to the others p50 ms', true],
  ['receiptP99', 'to the others p99 ms', true],
]

/** @param pairs by scenario */
export function comparisonsOf(pairs: Readonly<Record<string, readonly Pair[]>>): Comparison[] {
  return Object.entries(pairs).flatMap(([scenario, all]) =>
    FIGURES.filter(([name]) => SCENARIOS[scenario]?.columns.includes(name)).flatMap(([figure]) => {
      const both = all
        .map((pair) => ({ old: pair.old[figure] ?? Number.NaN, new: pair.new[figure] ?? Number.NaN }))
        .filter((pair) => Number.isFinite(pair.old) && Number.isFinite(pair.new))
      if (both.length === 0) return []
      const ratios = both.map((pair) => pair.new / pair.old)
      return [
        {
          scenario,
          figure,
          old: median(both.map((pair) => pair.old)),
          new: median(both.map((pair) => pair.new)),
          ratio: median(ratios),
          interval: medianInterval(ratios, CONFIDENCE),
        },
      ]
    }),
  )
}

/** `better` and `worse` only if the whole interval is on one side of 1. */
export function changeOf({
  figure,
  interval,
}: Pick<Comparison, 'figure' | 'interval'>): 'better' | 'worse' | 'not decided' {
  if (interval === null || (interval.low <= 1 && interval.high >= 1)) return 'not decided'
  const isLessBetter = FIGURES.some(([name, , isLess]) => name === figure && isLess)
  return interval.high < 1 === isLessBetter ? 'better' : 'worse'
}

export function markdownOfComparisons(
  comparisons: readonly Comparison[],
  { old, machine, at, isQuick }: { old: string; machine: string; at: string; isQuick: boolean },
): string {
  const rows = comparisons.map((comparison) => [
    comparison.scenario,
    FIGURES.find(([name]) => name === comparison.figure)?.[1] ?? comparison.figure,
    number(comparison.old),
    number(comparison.new),
    `${comparison.ratio.toFixed(3)} ×`,
    comparison.interval === null
      ? 'needs six pairs'
      : `${comparison.interval.low.toFixed(3)} to ${comparison.interval.high.toFixed(3)}`,
    changeOf(comparison),
  ])
  const quick = isQuick ? ' **A quick run: its times mean nothing.**' : ''
  return `${[
    `# Against ${old}, ${at.slice(0, 10)}`,
    `${machine}. Old and new are measured in interleaved pairs; the ratio is the median of the ratios of the pairs.${quick}`,
    table(['scenario', 'what', 'old', 'new', 'new over old', '95 % interval', ''], rows),
  ].join('\n\n')}\n`
}
