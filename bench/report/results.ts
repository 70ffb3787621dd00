/** The results of a run: every figure of every round, and what follows from them. */
import { cpus, release, totalmem } from 'node:os'
import type { Round } from '../bars.ts'
import { judge, spreadOf, type Verdict } from '../judge.ts'
import { type Interval, median, rounded } from '../lib/numbers.ts'
import { SCENARIOS } from '../scenarios.ts'
import { SYSTEMS } from '../systems.ts'

/** A median over the rounds; its spread is null with fewer than three. */
export interface Estimate {
  readonly median: number
  readonly spread: Interval | null
}

/** By scenario, system and name of the figure, in the order of the tables. */
export type Estimates = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Estimate>>>>>>

export interface Results {
  readonly at: string
  readonly isQuick: boolean
  readonly machine: string
  /** Maximum number of cores used by other processes during a measurement. */
  readonly foreignCpu: number
  readonly bars: readonly Verdict[]
  readonly estimates: Estimates
  readonly each: readonly Round[]
}

/** What is measured; the rest of the results follows from it. */
export type Measured = Pick<Results, 'at' | 'isQuick' | 'machine' | 'each'>

export const machineName = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? '?'}, ${rounded(totalmem() / 2 ** 30, 0)} GB, Linux ${release()}, Node ${process.version}`

export function resultsOf({ at, isQuick, machine, each }: Measured): Results {
  const figures = each.flatMap((round) => Object.values(round).flatMap((bySystem) => Object.values(bySystem)))
  return {
    at,
    isQuick,
    machine,
    foreignCpu: Math.max(0, ...figures.map(({ foreignCpu = 0 }) => foreignCpu)),
    bars: judge(each),
    estimates: estimatesOf(each),
    each,
  }
}

export function estimatesOf(rounds: readonly Round[]): Estimates {
  const estimates: Record<string, Record<string, Record<string, Estimate>>> = {}
  for (const id of Object.keys(SCENARIOS)) {
    for (const system of [...Object.keys(SYSTEMS), '-']) {
      const all = rounds.map((round) => round[id]?.[system]).filter((figures) => figures !== undefined)
      if (all.length === 0) continue
      const names = new Set(all.flatMap((figures) => Object.keys(figures)))
      const bySystem = estimates[id] ?? {}
      estimates[id] = bySystem
      bySystem[system] = Object.fromEntries(
        [...names].map((name) => [name, estimateOf(all.map((figures) => figures[name] ?? Number.NaN))]),
      )
    }
  }
  return estimates
}

export const estimateOf = (values: readonly number[]): Estimate => ({
  median: median(values),
  spread: spreadOf(values),
})
