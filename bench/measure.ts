/**
 * One measurement: a fresh server and a fresh load generator, each in its own process, on a machine that is
 * quiet or as quiet as it gets.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { QUIET_CORES, quiet } from './lib/quiet.ts'
import { type Server, startServer } from './lib/server.ts'
import type { Figures, Job } from './load/job.ts'
import type { Scenario } from './scenarios.ts'
import { type SystemName, systemOf } from './systems.ts'

const HERE = import.meta.dirname
/** The project that this benchmark is part of. */
export const ROOT = join(HERE, '..')
const LOAD_MS = 15 * 60_000
/** Attempts at a measurement that other processes disturbed. */
const TRIES = 3
/** Cores that other processes may use during a measurement. */
const DISTURBED_CORES = 2 * QUIET_CORES

/** Where Edgeroom's server comes from. */
export interface Sources {
  /** The root of a project, which may be another version of this one. */
  readonly root: string
  /** Its bundled Worker. */
  readonly bundle: string
}

export interface MeasureOptions {
  readonly isQuick: boolean
  /** Folder of recorded sessions; may be missing. */
  readonly traces: string
  /** maximum s to wait for the machine to be quiet */
  readonly quietWaitS: number
}

/**
 * Measures, and repeats a disturbed measurement.
 * @param system `-` if the scenario needs no server
 */
export async function measured(
  scenario: Scenario,
  system: SystemName | '-',
  sources: Sources,
  options: MeasureOptions,
): Promise<Figures> {
  for (let tries = 1; ; tries++) {
    if (options.quietWaitS > 0) await quiet(options.quietWaitS)
    const figures = await once(scenario, system, sources, options)
    const isDisturbed = (figures.foreignCpu ?? 0) > DISTURBED_CORES
    if (options.isQuick || !isDisturbed || tries === TRIES) return figures
    process.stdout.write(`disturbed by ${figures.foreignCpu} cores, again … `)
  }
}

/** Measures several systems at the same time. @returns in their order, figures or why there are none */
export async function measuredTogether(
  scenario: Scenario,
  systems: readonly SystemName[],
  sources: Sources,
  options: MeasureOptions,
): Promise<PromiseSettledResult<Figures>[]> {
  if (options.quietWaitS > 0) await quiet(options.quietWaitS)
  return Promise.allSettled(
    systems.map(async (system) => {
      // Each takes the others for foreign.
      const { foreignCpu, ...figures } = await once(scenario, system, sources, options)
      return figures
    }),
  )
}

async function once(
  { load, params, quick }: Scenario,
  system: SystemName | '-',
  { root, bundle }: Sources,
  { isQuick, traces }: MeasureOptions,
): Promise<Figures> {
  let server: Server | null = null
  try {
    if (system !== '-') {
      const { server: file } = systemOf(system)
      const folder = file === 'edgeroom.ts' ? join(root, 'bench/servers') : join(HERE, 'servers')
      server = await startServer(join(folder, file), envOf(system, bundle))
    }
    const { url = '', pid = 0 } = server ?? {}
    const job: Job = {
      system,
      url,
      sources: root,
      server: pid,
      load,
      params: {
        ...params,
        ...(isQuick ? quick : {}),
        ...(load === 'traces' ? { folder: traces } : {}),
      },
    }
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

/** The figures of a measurement in one line. */
export function brief({ columns }: Scenario, figures: Figures): string {
  return columns
    .filter((name) => Number.isFinite(figures[name]))
    .map((name) => `${name} ${figures[name]}`)
    .join(', ')
}

/**
 * Reasons why the run fails: acked ops lost by a system that promises to keep them, undelivered ops, and
 * cursors that reached nobody.
 */
export function complaints(system: SystemName | '-', figures: Figures): string[] {
  const { lost = 0, undelivered = 0, cursors } = figures
  const keeps = system === '-' || systemOf(system).isMerged || systemOf(system).isDurable
  return [
    ...(keeps && lost !== 0 ? [`${lost} acked ops were lost`] : []),
    ...(keeps && undelivered > 0 ? [`${undelivered} ops were not delivered to a client`] : []),
    ...(cursors === 0 ? ['no cursor reached another client'] : []),
  ]
}
