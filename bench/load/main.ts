/**
 * The load generator, in its own process. Runs one job, given as JSON, and
 * prints its figures as the last line.
 */
import { adapterOf } from '../adapters/registry.ts'
import { cost } from './cost.ts'
import { type Figures, type Job, Params } from './job.ts'
import { joining } from './joining.ts'
import { memory } from './memory.ts'
import { project } from './project.ts'
import { sizes } from './sizes.ts'
import { traces } from './traces.ts'
import { typing } from './typing.ts'
import { waking } from './waking.ts'
import { CpuWindow } from './window.ts'

const { system, url, sources, server, load, params: values } = JSON.parse(process.argv[2] ?? '{}') as Job
const params = new Params(values)
const adapter = () => adapterOf(system, url, sources)

const LOADS: Readonly<Record<string, () => Promise<Figures>>> = {
  typing: async () => typing(await adapter(), server, params),
  joining: async () => joining(await adapter(), params),
  memory: async () => memory(await adapter(), server, params),
  cost: async () => cost(await adapter(), url, server, params),
  project: () => project(url, server, params),
  waking: () => waking(url, params),
  traces: () => traces(params),
  sizes: () => sizes(),
}

const run = LOADS[load]
if (run === undefined) throw new Error(`there is no load ${load}`)
const cpu = new CpuWindow(server)
const measured = await run()
const { foreignCpu } = cpu.cores()
// Figures that could not be measured are omitted.
const figures = Object.entries({ foreignCpu, ...measured }).filter(([, value]) => Number.isFinite(value))
console.log(JSON.stringify(Object.fromEntries(figures)))
process.exit(0)
