/**
 * `npm run chaos -- --kills N [--seed S]`: people type in rooms of the real system while its runtime is
 * killed N times. Whatever was acked must be in the log exactly once, and nothing else. Otherwise prints the
 * differences and exits with 1.
 */

import { freshSeed } from '../verify/random.ts'
import { command, text, whole } from './cli/command.ts'
import { progressBar } from './cli/progress.ts'

/** Lines printed of the differences. */
const MOST_LINES = 40

const SPEC = {
  name: 'npm run chaos',
  about:
    'Has people type in rooms of the real system while its runtime is killed, and checks that every ack is in the log once.',
  options: {
    kills: whole('N', 'number of kills', 20),
    seed: text('S', 'seed, to repeat a run', freshSeed(), 'random'),
  },
} as const

await command(SPEC, async ({ kills, seed }) => {
  console.log(`--kills ${kills} --seed ${seed}`)
  // Modules that take seconds to load are imported after the command line is read.
  const { bundledWorker } = await import('./stack/worker-bundle.ts')
  const { chaos } = await import('../verify/chaos/run.ts')
  const source = await bundledWorker()
  const { counts, wrong } = await chaos({
    source,
    kills,
    seed,
    progress: progressBar('kills', kills),
  })
  console.log(
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', '),
  )
  for (const line of wrong.slice(0, MOST_LINES)) console.error(`✗ ${line}`)
  if (wrong.length > MOST_LINES) console.error(`✗ and ${wrong.length - MOST_LINES} more`)
  if (wrong.length === 0) console.log('✓ every ack is in the log once, and all texts are the same')
  return wrong.length === 0 ? 0 : 1
})
