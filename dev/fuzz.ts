/**
 * `npm run fuzz -- --frames N [--seed S]`: rooms of the real system, with healthy people in them, are attacked with N frames and with HTTP
 * requests. Every answer has to be the one that the protocol demands, and nobody healthy may notice. Exits with 1, and says what was
 * wrong with the frames that led to it, when not.
 */

import { countsText } from '../verify/fuzz/tally.ts'
import { freshSeed } from '../verify/random.ts'
import { command, text, whole } from './cli/command.ts'
import { progressBar } from './cli/progress.ts'

/** Findings that are printed. */
const MOST_FINDINGS = 20

const SPEC = {
  name: 'npm run fuzz',
  about:
    'Attacks rooms of the real system with frames and HTTP requests, and checks every answer against the protocol.',
  options: {
    frames: whole('N', 'how many frames', 5000),
    seed: text('S', 'what chance follows from, to have a run again', freshSeed(), 'another each time'),
  },
} as const

await command(SPEC, async ({ frames, seed }) => {
  console.log(`--frames ${frames} --seed ${seed}`)
  // What takes seconds to load comes after the command line.
  const { bundledWorker } = await import('./stack/worker-bundle.ts')
  const { fuzz } = await import('../verify/fuzz/run.ts')
  const { tally, rooms, typed, slowest, memory } = await fuzz({
    source: await bundledWorker(),
    frames,
    seed,
    progress: progressBar('frames', frames),
  })
  console.log(`by kind:\n${countsText(tally.kinds)}\nby answer:\n${countsText(tally.answers)}`)
  console.log(
    `${tally.frames} frames, ${rooms} rooms, ${typed} markers typed by healthy people, slowest ack ${Math.round(slowest)} ms, ${Math.round(memory)} MB`,
  )
  for (const line of tally.wrong.slice(0, MOST_FINDINGS)) console.error(`✗ ${line}`)
  if (tally.wrong.length > MOST_FINDINGS) console.error(`✗ and ${tally.wrong.length - MOST_FINDINGS} more`)
  if (tally.wrong.length === 0) console.log('✓ every answer was the right one, and nobody healthy noticed')
  else console.error(`replay with npm run fuzz -- --frames ${frames} --seed ${seed}`)
  return tally.wrong.length === 0 ? 0 : 1
})
