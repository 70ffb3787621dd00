/**
 * `npm run verify -- --seeds N [--seed S]`: random people on real SDK clients, against a model of every text and of undo. Exit code 1
 * when a run failed, with its seed and the smallest plan that fails.
 */

import { freshSeed } from '../verify/random.ts'
import { command, text, whole } from './cli/command.ts'
import { progressBar } from './cli/progress.ts'

const SPEC = {
  name: 'npm run verify',
  about: 'Holds undo, refusals, removals, reloads and roles in SDK clients against an exact model.',
  options: {
    seeds: whole('N', 'how many runs, each with a seed of its own', 500),
    seed: text('S', 'run this seed alone'),
  },
} as const

await command(SPEC, async ({ seeds: count, seed }) => {
  // What takes a second to load comes after the command line.
  const { campaign, report, seedOf } = await import('../verify/replica/campaign.ts')
  const base = freshSeed()
  const seeds = seed === null ? Array.from({ length: count }, (_, run) => seedOf(base, run)) : [seed]
  const failed = await campaign(seeds, progressBar('runs', seeds.length))
  if (failed !== null) {
    console.error(report(failed))
    return 1
  }
  console.log('nothing typed was lost or doubled, and every undo did what it had to')
  return 0
})
