/**
 * `npm run sim -- --seeds N [--seed S]`: random rooms under every fault there is, in virtual time. Ends with what the runs
 * exercised; with exit code 1 when one failed, its seed and the smallest plan that fails, or when some fault never happened.
 */
import { command, text, whole } from './cli/command.ts'
import { progressBar } from './cli/progress.ts'

/** Runs from which on each fault has to have happened. */
const ENOUGH = 500

const SPEC = {
  name: 'npm run sim',
  about: 'Runs random rooms under every fault there is, in virtual time.',
  options: {
    seeds: whole('N', 'how many runs, each with a seed of its own', 1000),
    seed: text('S', 'run this seed alone'),
  },
} as const

await command(SPEC, async ({ seeds: count, seed }) => {
  // What takes a second to load comes after the command line.
  const { campaign, report } = await import('../verify/sim/campaign.ts')
  const { seedOf } = await import('../verify/sim/plan-of.ts')
  const base = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join('')
  const seeds = seed === null ? Array.from({ length: count }, (_, run) => seedOf(base, run)) : [seed]
  const bar = progressBar('runs', seeds.length)
  let running = seeds[0]
  // What is thrown where no run can catch it ends the process, but not without the seed.
  process.on('uncaughtExceptionMonitor', () => console.error(`\nseed ${running} threw outside of its run:`))
  const { tally, failed } = await campaign(seeds, (done) => {
    running = seeds[done]
    bar(done)
  })
  console.log(String(tally))
  if (failed !== null) {
    console.error(report(failed))
    return 1
  }
  if (seeds.length >= ENOUGH && tally.missing.length > 0) {
    console.error(`never happened: ${tally.missing.join(', ')}`)
    return 1
  }
  console.log('nothing acked was lost, nothing was applied twice')
  return 0
})
