/**
 * Compares the code of this folder with that of another commit: both are measured right after each other,
 * many times, so that what disturbs one disturbs the other, and the ratio is taken within each pair. Every
 * second pair begins with the other of the two.
 *
 * Server and adapter come from the other commit as well, since the protocol may have changed; the rest of
 * the load generator is this one.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../dev/cli/command.ts'
import { bundleInto } from '../dev/stack/worker-bundle.ts'
import { checkout, commitOf } from './lib/checkout.ts'
import { install } from './lib/install.ts'
import { temporaryFolder } from './lib/temporary.ts'
import { complaints, type MeasureOptions, measured, ROOT, type Sources } from './measure.ts'
import { type Comparison, comparisonsOf, markdownOfComparisons, type Pair } from './report/comparison.ts'
import { machineName } from './report/results.ts'
import { SCENARIOS } from './scenarios.ts'

const DEFAULT_SCENARIOS = ['closed1', 'closed8', 'closed32', 'closed128']
/** The others need the client of this folder, or settings. */
const COMPARABLE = Object.keys(SCENARIOS).filter((id) => {
  const { load, systems } = SCENARIOS[id] ?? {}
  return load === 'typing' && systems?.includes('edgeroom')
})

export interface AgainstOptions extends MeasureOptions {
  /** Commit, branch or tag. */
  readonly ref: string
  /** Scenarios in which people or programs type; null for closed loops of all sizes. */
  readonly only: readonly string[] | null
  readonly pairs: number
  /** Folder for the results. */
  readonly out: string
}

/** Returns the exit code. @throws UsageError if there is no such commit or scenario */
export async function against(options: AgainstOptions): Promise<number> {
  const { ref, only, pairs, out } = options
  const ids = only ?? DEFAULT_SCENARIOS
  const wrong = ids.find((id) => !COMPARABLE.includes(id))
  if (wrong !== undefined)
    throw new UsageError(`--against cannot measure "${wrong}". Scenarios: ${COMPARABLE.join(', ')}.`)
  const commit = await commitOf(ROOT, ref)
  await install()
  const old = await checkout(ROOT, commit)
  console.log(`bundling ${old.name}, and the code of this folder`)
  const sources = { old: await bundled(old.root), new: await bundled(ROOT) }

  const found: Record<string, Pair[]> = {}
  const failures: string[] = []
  for (let i = 0; i < pairs; i++) {
    const order = i % 2 === 0 ? (['old', 'new'] as const) : (['new', 'old'] as const)
    for (const id of ids) {
      const scenario = SCENARIOS[id]
      if (scenario === undefined) continue
      process.stdout.write(`[pair ${i + 1} of ${pairs}] ${id} … `)
      const pair: Partial<Record<keyof Pair, Pair['old']>> = {}
      for (const side of order) {
        try {
          const figures = await measured(scenario, 'edgeroom', sources[side], options)
          pair[side] = figures
          failures.push(...complaints('edgeroom', figures).map((complaint) => `${id}, ${side}: ${complaint}`))
        } catch (error) {
          failures.push(`${id}, ${side}: ${error instanceof Error ? error.message : String(error)}`)
        }
      }
      if (pair.old === undefined || pair.new === undefined) {
        console.log('FAILED')
        continue
      }
      found[id] = [...(found[id] ?? []), { old: pair.old, new: pair.new }]
      console.log(`CPU ms/op ${pair.old.cpuMsPerOp} → ${pair.new.cpuMsPerOp}`)
    }
  }
  const comparisons: readonly Comparison[] = comparisonsOf(found)
  const markdown = markdownOfComparisons(comparisons, {
    old: old.name,
    machine: machineName(),
    at: new Date().toISOString(),
    isQuick: options.isQuick,
  })
  const name = join(out, 'results.against')
  await writeFile(`${name}.json`, `${JSON.stringify({ old: old.name, comparisons, each: found }, null, 2)}\n`)
  await writeFile(`${name}.md`, markdown)
  console.log(`\n${markdown}`)
  for (const failure of failures) console.error(`✗ ${failure}`)
  return failures.length === 0 ? 0 : 1
}

async function bundled(root: string): Promise<Sources> {
  const folder = temporaryFolder()
  await bundleInto(folder, root)
  return { root, bundle: join(folder, 'index.js') }
}
