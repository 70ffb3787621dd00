/**
 * `npm run chaos -- --kills N [--seed S]`: people type in rooms of the real system while its runtime is killed N times. Whatever any of
 * them was told to be committed has to be in the log once, and nowhere anything else. Exits with 1, and says what differs, when not.
 */

import { freshSeed } from '../verify/random.ts'
import { command, text, whole } from './cli/command.ts'
import { progressBar } from './cli/progress.ts'

/** Lines that are printed of what differs. */
const MOST_LINES = 40

const SPEC = {
  name: 'npm run chaos',
  about:
    'Lets people type in rooms of the real system while its runtime is killed, and checks that every ack is in the log once.',
  options: {
    kills: whole('N', 'how often the runtime is killed', 20),
    seed: text('S', 'what chance follows from, to have a run again', freshSeed(), 'another each time'),
  },
} as const

await command(SPEC, async ({ kills, seed }) => {
  console.log(`--kills ${kills} --seed ${seed}`)
  // What takes seconds to load comes after the command line.
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
