/**
 * `npm run bench`: reads the command line. What the other systems need is installed later, so that `--help`
 * and usage errors are fast.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { command, flag, text, UsageError, whole } from '../dev/cli/command.ts'

const HERE = import.meta.dirname
const ROUNDS = 3
const PAIRS = 6

const SPEC = {
  name: 'npm run bench',
  about:
    'Measures Edgeroom beside other systems and the platform’s own limit. A full run takes about 25 minutes on a quiet machine with two cores.',
  options: {
    quick: flag('two minutes: shows that the benchmark works; its times mean nothing'),
    only: text('NAMES', 'scenarios and systems to run, separated by commas', '', 'all'),
    rounds: whole('N', 'number of rounds; results are medians over them', 0, { shown: '3, with --quick 1' }),
    against: text('REF', 'measures this code and that of another commit in interleaved pairs instead'),
    pairs: whole('N', 'number of pairs', 0, { shown: '6, with --quick 1' }),
    write: flag(
      'writes the tables of docs/performance.md and the chart from the last full run, and measures nothing',
    ),
    traces: text('FOLDER', 'recorded sessions (*.json.gz)', join(HERE, 'traces'), 'bench/traces, if there'),
    out: text('FOLDER', 'folder for the results', HERE, 'bench'),
    'quiet-wait': whole('S', 'seconds to wait for the machine to be quiet', 120, { least: 0 }),
  },
} as const

// The servers end when this process is gone.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

await command(SPEC, async (values) => {
  const { quick, traces, out, against: ref, write } = values
  if (process.platform !== 'linux') throw new Error('The benchmark runs on Linux only: it reads /proc.')
  const isNamed = traces !== SPEC.options.traces.fallback
  if (isNamed && !existsSync(traces)) throw new Error(`There is no folder ${traces}: --traces must name one.`)
  if (!existsSync(out)) throw new Error(`There is no folder ${out}: create it first, or omit --out.`)
  if (values.pairs !== 0 && ref === null) throw new UsageError('--pairs is for --against.')
  if (values.rounds !== 0 && ref !== null) throw new UsageError('--against measures --pairs, not --rounds.')
  if (write) {
    const { writeDocs } = await import('./report/write.ts')
    return writeDocs(join(out, 'results.json'))
  }
  const options = {
    isQuick: quick,
    only: values.only === '' ? null : values.only.split(','),
    traces,
    out,
    quietWaitS: quick ? 0 : values['quiet-wait'],
  }
  if (ref !== null) {
    const { against } = await import('./against.ts')
    return against({ ...options, ref, pairs: values.pairs || (quick ? 1 : PAIRS) })
  }
  const { run } = await import('./run.ts')
  return run({ ...options, rounds: values.rounds || (quick ? 1 : ROUNDS) })
})
