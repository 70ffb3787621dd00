/**
 * `npm run chaos -- --kills N [--seed S]`: people type in rooms of the real system while its runtime is killed N times. Whatever any of
 * them was told to be committed has to be in the log once, and nowhere anything else. Exits with 1, and says what differs, when not.
 */
import { parseArgs } from 'node:util'
import { chaos } from './chaos/run.ts'
import { progressBar } from './progress.ts'
import { freshSeed } from './random.ts'
import { bundledWorker } from './worker-bundle.ts'

const USAGE = 'usage: npm run chaos -- --kills N [--seed S]'
/** Lines that are printed of what differs. */
const MOST_LINES = 40

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { kills: { type: 'string', default: '20' }, seed: { type: 'string', default: freshSeed() } },
  })
  const kills = Number(values.kills)
  if (!Number.isInteger(kills) || kills < 1) {
    console.error(USAGE)
    return 2
  }
  console.log(`--kills ${kills} --seed ${values.seed}`)
  const source = await bundledWorker()
  const { counts, wrong } = await chaos({
    source,
    kills,
    seed: values.seed,
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
}

process.exitCode = await main()
