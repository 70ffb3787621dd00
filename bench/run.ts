/**
 * Runs every system under the same load, in rounds that interleave the systems. Prints the tables and the
 * bars, and writes results.json and results.md; a quick or partial run writes results.partial.json and .md
 * instead.
 *
 * The exit code does not depend on the bars; it is 1 if something failed or lost what it had acked.
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../dev/cli/command.ts'
import { bundleInto } from '../dev/stack/worker-bundle.ts'
import { install } from './lib/install.ts'
import { temporaryFolder } from './lib/temporary.ts'
import type { Figures } from './load/job.ts'
import { brief, complaints, type MeasureOptions, measured, measuredTogether, ROOT } from './measure.ts'
import { machineName, resultsOf } from './report/results.ts'
import { markdownOf, tally } from './report/tables.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import { SYSTEMS, type SystemName, systemOf } from './systems.ts'

export interface BenchOptions extends MeasureOptions {
  /** Names of scenarios and systems; null for all. */
  readonly only: readonly string[] | null
  readonly rounds: number
  /** Folder for the results. */
  readonly out: string
}

/** What is measured at a time: one system, or several that do not disturb each other. */
interface Step {
  readonly round: number
  readonly id: string
  readonly scenario: Scenario
  readonly systems: readonly (SystemName | '-')[]
}

/** Returns the exit code. @throws UsageError if there is nothing to measure */
export async function run(options: BenchOptions): Promise<number> {
  const { isQuick, rounds } = options
  const plan = planned(options)
  if (plan.length === 0) throw nothing('there is nothing to measure')
  await install()
  const bundle = temporaryFolder()
  const found: Record<string, Record<string, Figures>>[] = Array.from({ length: rounds }, () => ({}))
  const failures: string[] = []
  const started = performance.now()
  const systems = plan.flatMap((step) => step.systems)
  if (systems.some((system) => system !== '-' && systemOf(system).server === 'edgeroom.ts')) {
    console.log('bundling Edgeroom')
    await bundleInto(bundle)
  }
  const sources = { root: ROOT, bundle: join(bundle, 'index.js') }
  for (const [i, step] of plan.entries()) {
    const { id, scenario, round } = step
    const minutes = Math.ceil(((performance.now() - started) / 60_000 / Math.max(1, i)) * (plan.length - i))
    const rest = i === 0 ? '' : `, about ${minutes} min left`
    process.stdout.write(
      `[${i + 1}/${plan.length}, round ${round + 1}${rest}] ${nameOf(id, step.systems)} … `,
    )
    const outcomes =
      scenario.isTogether === true
        ? await measuredTogether(scenario, step.systems.filter(isServer), sources, options)
        : await Promise.allSettled(step.systems.map((system) => measured(scenario, system, sources, options)))
    const lines = outcomes.map((outcome, at) => {
      const system = step.systems[at] ?? '-'
      const name = nameOf(id, [system])
      if (outcome.status === 'rejected') {
        const { reason } = outcome
        failures.push(`${name}: ${reason instanceof Error ? reason.message : String(reason)}`)
        return 'FAILED'
      }
      const bySystem = found[round]
      if (bySystem !== undefined) bySystem[id] = { ...bySystem[id], [system]: outcome.value }
      failures.push(...complaints(system, outcome.value).map((complaint) => `${name}: ${complaint}`))
      return brief(scenario, outcome.value)
    })
    console.log(lines.join('; '))
  }
  const at = new Date().toISOString()
  const results = resultsOf({ at, isQuick, machine: machineName(), each: found })
  const markdown = markdownOf(results)
  const isWhole = !isQuick && options.only === null
  const name = join(options.out, isWhole ? 'results' : 'results.partial')
  await writeFile(`${name}.json`, `${JSON.stringify(results, null, 2)}\n`)
  await writeFile(`${name}.md`, markdown)
  console.log(`\n${markdown}`)
  console.log(`${tally(results.bars)}. Took ${Math.round((performance.now() - started) / 60_000)} minutes.`)
  for (const failure of failures) console.error(`✗ ${failure}`)
  return failures.length === 0 ? 0 : 1
}

/** The measurements in order: in each round, the systems of a scenario follow each other. */
function planned({ only, isQuick, rounds, traces }: BenchOptions): Step[] {
  const isScenarioNamed = only?.some((name) => Object.hasOwn(SCENARIOS, name)) ?? false
  const isSystemNamed = only?.some((name) => Object.hasOwn(SYSTEMS, name)) ?? false
  const unknown = only?.find((name) => !Object.hasOwn(SCENARIOS, name) && !Object.hasOwn(SYSTEMS, name))
  if (unknown !== undefined) throw nothing(`there is no scenario or system "${unknown}"`)
  return Array.from({ length: rounds }, (_, round) =>
    Object.entries(SCENARIOS).flatMap(([id, scenario]) => {
      if (isScenarioNamed ? !only?.includes(id) : isQuick && scenario.quick === null) return []
      if (scenario.load === 'traces' && !existsSync(traces)) return []
      const all: readonly (SystemName | '-')[] = scenario.systems.length === 0 ? ['-'] : scenario.systems
      const systems = all.filter((system) =>
        system === '-' ? isScenarioNamed || !isSystemNamed : !isSystemNamed || only?.includes(system),
      )
      const groups = scenario.isTogether === true ? [systems] : systems.map((system) => [system])
      return groups.filter(({ length }) => length > 0).map((systems) => ({ round, id, scenario, systems }))
    }),
  ).flat()
}

const isServer = (system: SystemName | '-'): system is SystemName => system !== '-'

const nameOf = (id: string, systems: readonly (SystemName | '-')[]): string =>
  [id, ...systems.filter(isServer)].join(' ')

function nothing(why: string): UsageError {
  const [scenarios, systems] = [SCENARIOS, SYSTEMS].map((table) => Object.keys(table).join(', '))
  return new UsageError(`${why}. Scenarios: ${scenarios}. Systems: ${systems}.`)
}
