/**
 * `npm run bench`: reads the command line. What the other systems need is installed later, so that `--help` and
 * usage errors are fast.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { command, flag, text, whole } from '../dev/cli/command.ts'

const HERE = import.meta.dirname

const SPEC = {
  name: 'npm run bench',
  about:
    'Measures Edgeroom beside other systems and the platform’s own limit. A full run takes about 25 minutes on a quiet machine with two cores.',
  options: {
    quick: flag('two minutes: shows that the benchmark works; its times mean nothing'),
    only: text('NAMES', 'scenarios and systems to run, separated by commas', '', 'all'),
    rounds: whole('N', 'number of rounds; results are medians over them', 0, { shown: '3, with --quick 1' }),
    traces: text('FOLDER', 'recorded sessions (*.json.gz)', join(HERE, 'traces'), 'bench/traces, if there'),
    out: text('FOLDER', 'folder for the results', HERE, 'bench'),
    'quiet-wait': whole('S', 'seconds to wait for the machine to be quiet', 120, { least: 0 }),
  },
} as const

// The servers end when this process is gone.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

await command(SPEC, async ({ quick, only, rounds, traces, out, 'quiet-wait': quietWaitS }) => {
  if (process.platform !== 'linux') throw new Error('The benchmark runs on Linux only: it reads /proc.')
  const isNamed = traces !== SPEC.options.traces.fallback
  if (isNamed && !existsSync(traces)) throw new Error(`There is no folder ${traces}: --traces must name one.`)
  if (!existsSync(out)) throw new Error(`There is no folder ${out}: create it first, or omit --out.`)
  const { run } = await import('./run.ts')
  return run({
    isQuick: quick,
    only: only === '' ? null : only.split(','),
    rounds: rounds === 0 ? (quick ? 1 : 3) : rounds,
    traces,
    out,
    quietWaitS: quick ? 0 : quietWaitS,
  })
})
