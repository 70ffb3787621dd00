/**
 * `npm run verify -- --seeds N [--seed S]`: random people on real SDK clients, checked against a model of
 * every text and of undo. Exits with 1 if a run failed, with its seed and the smallest failing plan.
 */

import { freshSeed } from '../verify/random.ts'
import { command, text, whole } from './cli/command.ts'
import { progressBar } from './cli/progress.ts'

const SPEC = {
  name: 'npm run verify',
  about: 'Checks undo, refusals, removals, reloads and roles in SDK clients against an exact model.',
  options: {
    seeds: whole('N', 'number of runs, each with its own seed', 500),
    seed: text('S', 'run this seed only'),
  },
} as const

await command(SPEC, async ({ seeds: count, seed }) => {
  // Modules that take a second to load are imported after the command line is read.
  const { campaign, report, seedOf } = await import('../verify/replica/campaign.ts')
  const base = freshSeed()
  const seeds = seed === null ? Array.from({ length: count }, (_, run) => seedOf(base, run)) : [seed]
  const failed = await campaign(seeds, progressBar('runs', seeds.length))
  if (failed !== null) {
    console.error(report(failed))
    return 1
  }
  console.log('nothing typed was lost or duplicated, and every undo did what it had to')
  return 0
})
