/**
 * `npm run sim -- --seeds N [--seed S]`: random rooms under every kind of fault, in virtual time. Prints
 * what the runs exercised. Exits with 1 if a run failed, with its seed and the smallest failing plan, or if
 * some fault never happened.
 */
import { command, text, whole } from './cli/command.ts'
import { progressBar } from './cli/progress.ts'

/** Number of runs from which on every fault must have happened. */
const ENOUGH = 500

const SPEC = {
  name: 'npm run sim',
  about: 'Runs random rooms under every kind of fault, in virtual time.',
  options: {
    seeds: whole('N', 'number of runs, each with its own seed', 1000),
    seed: text('S', 'run this seed only'),
  },
} as const

await command(SPEC, async ({ seeds: count, seed }) => {
  // Modules that take a second to load are imported after the command line is read.
  const { campaign, report } = await import('../verify/sim/campaign.ts')
  const { seedOf } = await import('../verify/sim/plan-of.ts')
  const base = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join('')
  const seeds = seed === null ? Array.from({ length: count }, (_, run) => seedOf(base, run)) : [seed]
  const bar = progressBar('runs', seeds.length)
  let running = seeds[0]
  // An error that no run can catch ends the process. Print the seed first, though a run captures the console.
  const print = console.error.bind(console)
  process.on('uncaughtExceptionMonitor', () => print(`\nseed ${running} threw outside of its run:`))
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
