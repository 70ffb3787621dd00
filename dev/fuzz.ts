/**
 * `npm run fuzz -- --frames N [--seed S]`: attacks rooms of the real system, with healthy users in them,
 * with N frames and with HTTP requests. Every response must be the one the protocol demands, and no healthy
 * user may be affected. Otherwise prints what was wrong, with the frames that led to it, and exits with 1.
 */

import { countsText } from '../verify/fuzz/tally.ts'
import { freshSeed } from '../verify/random.ts'
import { command, text, whole } from './cli/command.ts'
import { progressBar } from './cli/progress.ts'

/** Findings printed at most. */
const MOST_FINDINGS = 20

const SPEC = {
  name: 'npm run fuzz',
  about:
    'Attacks rooms of the real system with frames and HTTP requests, and checks every response against the protocol.',
  options: {
    frames: whole('N', 'number of frames', 5000),
    seed: text('S', 'seed, to repeat a run', freshSeed(), 'random'),
  },
} as const

await command(SPEC, async ({ frames, seed }) => {
  console.log(`--frames ${frames} --seed ${seed}`)
  // Modules that take seconds to load are imported after the command line is read.
  const { bundledWorker } = await import('./stack/worker-bundle.ts')
  const { fuzz } = await import('../verify/fuzz/run.ts')
  const { tally, rooms, typed, slowest, memory } = await fuzz({
    source: await bundledWorker(),
    frames,
    seed,
    progress: progressBar('frames', frames),
  })
  console.log(`by kind:\n${countsText(tally.kinds)}\nby response:\n${countsText(tally.answers)}`)
  console.log(
    `${tally.frames} frames, ${rooms} rooms, ${typed} markers typed by healthy people, slowest ack ${Math.round(slowest)} ms, ${Math.round(memory)} MB`,
  )
  for (const line of tally.wrong.slice(0, MOST_FINDINGS)) console.error(`✗ ${line}`)
  if (tally.wrong.length > MOST_FINDINGS) console.error(`✗ and ${tally.wrong.length - MOST_FINDINGS} more`)
  if (tally.wrong.length === 0) console.log('✓ every response was correct, and no healthy user was affected')
  else console.error(`repeat with npm run fuzz -- --frames ${frames} --seed ${seed}`)
  return tally.wrong.length === 0 ? 0 : 1
})
