/**
 * `npm run sim -- --seeds N [--seed S]`: random rooms under every fault there is, in virtual time. Ends with what the runs
 * exercised; with exit code 1 when one failed, its seed and the smallest plan that fails, or when some fault never happened.
 */
import { parseArgs } from 'node:util'
import { campaign, report } from '../test/sim/campaign.ts'
import { seedOf } from '../test/sim/plan-of.ts'
import { progressBar } from './progress.ts'

const USAGE = 'usage: npm run sim -- --seeds N [--seed S]\n  --seed S   run this seed alone'
/** Runs from which on each fault has to have happened. */
const ENOUGH = 500

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seeds: { type: 'string', default: '1000' }, seed: { type: 'string' } },
  })
  const count = Number(values.seeds)
  if (!Number.isSafeInteger(count) || count < 1) {
    console.error(USAGE)
    return 2
  }
  const base = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16)).join('')
  const seeds =
    values.seed === undefined ? Array.from({ length: count }, (_, run) => seedOf(base, run)) : [values.seed]
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
}

process.exitCode = await main()
