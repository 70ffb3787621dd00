/**
 * `npm run fuzz -- --frames N [--seed S]`: rooms of the real system, with healthy people in them, are attacked with N frames and with HTTP
 * requests. Every answer has to be the one that the protocol demands, and nobody healthy may notice. Exits with 1, and says what was
 * wrong with the frames that led to it, when not.
 */
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz/run.ts'
import { countsText } from './fuzz/tally.ts'
import { progressBar } from './progress.ts'
import { freshSeed } from './random.ts'
import { bundledWorker } from './worker-bundle.ts'

const USAGE = 'usage: npm run fuzz -- --frames N [--seed S]'
/** Findings that are printed. */
const MOST_FINDINGS = 20

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { frames: { type: 'string', default: '5000' }, seed: { type: 'string', default: freshSeed() } },
  })
  const frames = Number(values.frames)
  if (!Number.isInteger(frames) || frames < 1) {
    console.error(USAGE)
    return 2
  }
  console.log(`--frames ${frames} --seed ${values.seed}`)
  const { tally, rooms, typed, slowest, memory } = await fuzz({
    source: await bundledWorker(),
    frames,
    seed: values.seed,
    progress: progressBar('frames', frames),
  })
  console.log(`by kind:\n${countsText(tally.kinds)}\nby answer:\n${countsText(tally.answers)}`)
  console.log(
    `${tally.frames} frames, ${rooms} rooms, ${typed} tokens typed by healthy people, slowest ack ${Math.round(slowest)} ms, ${Math.round(memory)} MB`,
  )
  for (const line of tally.wrong.slice(0, MOST_FINDINGS)) console.error(`✗ ${line}`)
  if (tally.wrong.length > MOST_FINDINGS) console.error(`✗ and ${tally.wrong.length - MOST_FINDINGS} more`)
  if (tally.wrong.length === 0) console.log('✓ every answer was the right one, and nobody healthy noticed')
  else console.error(`replay with npm run fuzz -- --frames ${frames} --seed ${values.seed}`)
  return tally.wrong.length === 0 ? 0 : 1
}

process.exitCode = await main()
