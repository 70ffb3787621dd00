/**
 * Runs every system under the same load, in rounds that interleave the systems. Each measurement has a fresh
 * server and a fresh load generator, each in its own process. Prints the tables and the bars, and writes
 * results.json and results.md; a quick or partial run writes results.partial.json and .md instead.
 *
 * The exit code does not depend on the bars; it is 1 if something failed or lost what it had acked.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { UsageError } from '../dev/cli/command.ts'
import { bundleInto } from '../dev/stack/worker-bundle.ts'
import { QUIET_CORES, quiet } from './lib/quiet.ts'
import { type Server, startServer } from './lib/server.ts'
import { temporaryFolder } from './lib/temporary.ts'
import type { Figures, Job } from './load/job.ts'
import { markdownOf, resultsOf } from './report.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import { SYSTEMS, type SystemName, systemOf } from './systems.ts'

const HERE = import.meta.dirname
const LOAD_MS = 15 * 60_000
/** Attempts at a measurement that other processes disturbed. */
const TRIES = 3
/** Cores that other processes may use during a measurement. */
const DISTURBED_CORES = 2 * QUIET_CORES

export interface BenchOptions {
  readonly isQuick: boolean
  /** Names of scenarios and systems; null for all. */
  readonly only: readonly string[] | null
  readonly rounds: number
  /** Folder of recorded sessions; may be missing. */
  readonly traces: string
  /** Folder for the results. */
  readonly out: string
  /** maximum s to wait for the machine to be quiet */
  readonly quietWaitS: number
}

interface Measurement {
  readonly round: number
  readonly id: string
  readonly scenario: Scenario
  readonly system: SystemName | '-'
}

/** Returns the exit code. @throws UsageError if there is nothing to measure */
export async function run(options: BenchOptions): Promise<number> {
  const { isQuick, rounds } = options
  const plan = planned(options)
  if (plan.length === 0) throw nothing('there is nothing to measure')
  const bundle = temporaryFolder()
  const found: Record<string, Record<string, Figures>>[] = Array.from({ length: rounds }, () => ({}))
  const failures: string[] = []
  const started = performance.now()
  if (plan.some(({ system }) => system !== '-' && systemOf(system).server === 'edgeroom.ts')) {
    console.log('bundling Edgeroom')
    await bundleInto(bundle)
  }
  for (const [i, measurement] of plan.entries()) {
    const { id, system, round } = measurement
    const name = `${id} ${system === '-' ? '' : system}`.trim()
    const minutes = Math.ceil(((performance.now() - started) / 60_000 / Math.max(1, i)) * (plan.length - i))
    const rest = i === 0 ? '' : `, about ${minutes} min left`
    process.stdout.write(`[${i + 1}/${plan.length}, round ${round + 1}${rest}] ${name} … `)
    try {
      const figures = await measured(measurement, join(bundle, 'index.js'), options)
      console.log(brief(measurement, figures))
      const bySystem = found[round]
      if (bySystem !== undefined) bySystem[id] = { ...bySystem[id], [system]: figures }
      failures.push(...complaints(measurement, figures).map((complaint) => `${name}: ${complaint}`))
    } catch (error) {
      console.log('FAILED')
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const results = resultsOf(found, isQuick, new Date().toISOString())
  const markdown = markdownOf(results)
  const isWhole = !isQuick && options.only === null
  const name = join(options.out, isWhole ? 'results' : 'results.partial')
  await writeFile(`${name}.json`, `${JSON.stringify(results, null, 2)}\n`)
  await writeFile(`${name}.md`, markdown)
  console.log(`\n${markdown}`)
  const judged = results.bars.filter(({ holds }) => holds !== null)
  console.log(`${judged.filter(({ holds }) => holds).length} of ${judged.length} bars hold.`)
  for (const failure of failures) console.error(`✗ ${failure}`)
  return failures.length === 0 ? 0 : 1
}

/** The measurements in order: in each round, the systems of a scenario follow each other. */
function planned({ only, isQuick, rounds, traces }: BenchOptions): Measurement[] {
  const isScenarioNamed = only?.some((name) => Object.hasOwn(SCENARIOS, name)) ?? false
  const isSystemNamed = only?.some((name) => Object.hasOwn(SYSTEMS, name)) ?? false
  const unknown = only?.find((name) => !Object.hasOwn(SCENARIOS, name) && !Object.hasOwn(SYSTEMS, name))
  if (unknown !== undefined) throw nothing(`there is no scenario or system "${unknown}"`)
  return Array.from({ length: rounds }, (_, round) =>
    Object.entries(SCENARIOS).flatMap(([id, scenario]) => {
      if (isScenarioNamed ? !only?.includes(id) : isQuick && scenario.quick === null) return []
      if (scenario.load === 'traces' && !existsSync(traces)) return []
      const systems: readonly (SystemName | '-')[] = scenario.systems.length === 0 ? ['-'] : scenario.systems
      return systems
        .filter((system) =>
          system === '-' ? isScenarioNamed || !isSystemNamed : !isSystemNamed || only?.includes(system),
        )
        .map((system) => ({ round, id, scenario, system }))
    }),
  ).flat()
}

function nothing(why: string): UsageError {
  const [scenarios, systems] = [SCENARIOS, SYSTEMS].map((table) => Object.keys(table).join(', '))
  return new UsageError(`${why}. Scenarios: ${scenarios}. Systems: ${systems}.`)
}

/** Measures, and repeats a disturbed measurement. */
async function measured(measurement: Measurement, bundle: string, options: BenchOptions): Promise<Figures> {
  const { isQuick, quietWaitS } = options
  for (let tries = 1; ; tries++) {
    if (quietWaitS > 0) await quiet(quietWaitS)
    const figures = await measuredOnce(measurement, bundle, options)
    const isDisturbed = (figures.foreignCpu ?? 0) > DISTURBED_CORES
    if (isQuick || !isDisturbed || tries === TRIES) return figures
    process.stdout.write(`disturbed by ${figures.foreignCpu} cores, again … `)
  }
}

async function measuredOnce(
  { scenario, system }: Measurement,
  bundle: string,
  { isQuick, traces }: BenchOptions,
): Promise<Figures> {
  const params = {
    ...scenario.params,
    ...(isQuick ? scenario.quick : {}),
    ...(scenario.load === 'traces' ? { folder: traces } : {}),
  }
  let server: Server | null = null
  try {
    if (system !== '-') server = await startServer(systemOf(system).server, envOf(system, bundle))
    const { url = '', pid = 0 } = server ?? {}
    const job: Job = { system, url, server: pid, load: scenario.load, params }
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--max-semi-space-size=64', join(HERE, 'load/main.ts'), JSON.stringify(job)],
      { timeout: LOAD_MS, maxBuffer: 2 ** 24, killSignal: 'SIGKILL' },
    )
    if (stderr !== '') process.stdout.write(`${stderr.trim()} `)
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Figures
  } catch (error) {
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}\n${server?.errors ?? ''}`.trim(),
    )
  } finally {
    await server?.stop()
  }
}

function envOf(name: SystemName, bundle: string): Record<string, string> {
  const { vars = {}, hasDatabase = false } = systemOf(name)
  return {
    EDGEROOM_BUNDLE: bundle,
    EDGEROOM_VARS: JSON.stringify(vars),
    EDGEROOM_DATABASE: hasDatabase ? '1' : '',
  }
}

function brief({ scenario }: Measurement, figures: Figures): string {
  return scenario.columns
    .filter((name) => Number.isFinite(figures[name]))
    .map((name) => `${name} ${figures[name]}`)
    .join(', ')
}

/** Reasons why the run fails: acked ops lost by a system that promises to keep them, and undelivered ops. */
function complaints({ system }: Measurement, { lost = 0, undelivered = 0 }: Figures): string[] {
  const keeps = system === '-' || systemOf(system).isMerged || systemOf(system).isDurable
  return [
    ...(keeps && lost !== 0 ? [`${lost} acked ops were lost`] : []),
    ...(keeps && undelivered > 0 ? [`${undelivered} ops were not delivered to a client`] : []),
  ]
}
