/**
 * `npm run mutants [-- PART]`: proves that every safeguard is needed. For each mutant, its test has to pass
 * on the original source and to fail on the mutant, with the message that the table names. PART selects
 * mutants by a part of the name, or by a rule such as S3; `--shard 1/2` selects every second one, so that two
 * machines or cores can share the table. Exit code 1 if a mutant survives or a trial is inconclusive.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Mutant } from '../verify/mutants/mutant.ts'
import { mutate, ROOT } from '../verify/mutants/mutate.ts'
import { MUTANTS } from '../verify/mutants/table/index.ts'
import { tryTests, type Verdict } from '../verify/mutants/trial.ts'
import { command, text, UsageError } from './cli/command.ts'

interface Row {
  readonly mutant: Mutant
  readonly result: string
  readonly isKilled: boolean
  readonly detail: string
}

const SPEC = {
  name: 'npm run mutants',
  about: 'Applies each mutant in turn, and expects its test to fail.',
  options: { shard: text('I/N', 'run the I-th of N parts of the table', '1/1') },
  takes: {
    name: '[PART]',
    about: 'only mutants with this in their name, or of this rule',
    least: 0,
    most: 1,
  },
} as const

await command(SPEC, async ({ shard }, [part = '']) => {
  const [, nth = 0, shards = 0] = /^(\d+)\/(\d+)$/.exec(shard)?.map(Number) ?? []
  if (nth < 1 || nth > shards) throw new UsageError(`--shard must be a part such as 1/2, not "${shard}".`)
  const named = MUTANTS.filter(({ name, rules }) => name.includes(part) || rules.includes(part))
  if (named.length === 0) throw new UsageError(`No mutant has "${part}" in its name, or as its rule.`)
  const chosen = named.filter((_, index) => index % shards === nth - 1)
  for (const mutant of chosen) mutate(await readFile(join(ROOT, mutant.source), 'utf8'), mutant)
  const before = await onOriginal(chosen)
  const rows: Row[] = []
  for (const [index, mutant] of chosen.entries()) {
    const row = await prove(mutant, before.get(mutant))
    rows.push(row)
    console.log(`${String(index + 1).padStart(2)}/${chosen.length} ${mutant.name}: ${row.result}`)
  }
  console.log(`\n${table(rows)}\n`)
  const open = rows.filter(({ isKilled }) => !isKilled)
  for (const { mutant, result, detail } of open) console.error(`${mutant.name}: ${result}\n${detail}\n`)
  console.log(`${rows.length - open.length} of ${rows.length} mutants are killed, each by its own test`)
  return open.length === 0 ? 0 : 1
})

/** The verdicts of the tests on the original source. */
async function onOriginal(chosen: readonly Mutant[]): Promise<Map<Mutant, Verdict>> {
  const verdicts = new Map<Mutant, Verdict>()
  for (const project of new Set(chosen.map(({ test }) => test.project))) {
    const own = chosen.filter(({ test }) => test.project === project)
    console.log(`original source: ${own.length} tests of project ${project}`)
    const found = await tryTests(
      own.map(({ test }) => test),
      null,
    )
    own.forEach((mutant, i) => {
      const verdict = found[i]
      if (verdict !== undefined) verdicts.set(mutant, verdict)
    })
  }
  return verdicts
}

async function prove(mutant: Mutant, before: Verdict | undefined): Promise<Row> {
  const row = (result: string, isKilled = false, detail = '') => ({ mutant, result, isKilled, detail })
  if (before?.kind !== 'passed') {
    return row('its test fails on the original source', false, before?.message)
  }
  const [after] = await tryTests([mutant.test], mutant)
  if (after === undefined || after.kind === 'passed') return row('SURVIVED: its test passes')
  if (after.kind === 'inconclusive')
    return row('inconclusive: its test came to no result', false, after.message)
  const { says } = mutant.test
  if (!after.message.includes(says)) return row(`fails, but does not say "${says}"`, false, after.message)
  return row('OK', true)
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ mutant: { name, source, test }, isKilled }) => {
    return [isKilled ? 'OK' : 'NO', name, source, `${test.file}: ${test.title}`]
  })
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  return cells
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n')
}
