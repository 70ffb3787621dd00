/**
 * `npm run mutants [-- PART]`: proves that each protection is needed. Its test passes; then the protection is taken out,
 * and the test has to fail, and for the reason that the table names. With PART only those whose names have it in them; with
 * `--shard 1/2` every second one, so that two machines, or two cores, can share the table.
 * Exit code 1 when a protection could be taken out unnoticed, or a trial proved nothing.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mutate, ROOT } from '../verify/mutants/mutate.ts'
import { MUTANTS, type Mutant } from '../verify/mutants/table.ts'
import { tryTests, type Verdict } from '../verify/mutants/trial.ts'
import { command, text, UsageError } from './cli/command.ts'

interface Row {
  readonly protection: Mutant
  readonly result: string
  readonly isKilled: boolean
  readonly detail: string
}

const SPEC = {
  name: 'npm run mutants',
  about: 'Takes each protection out of the source in turn, and sees that its test fails then.',
  options: { shard: text('I/N', 'the I-th of N parts of the table', '1/1') },
  takes: { name: '[PART]', about: 'only those that have this in their name', least: 0, most: 1 },
} as const

await command(SPEC, async ({ shard }, [part = '']) => {
  const [, nth = 0, shards = 0] = /^(\d+)\/(\d+)$/.exec(shard)?.map(Number) ?? []
  if (nth < 1 || nth > shards) throw new UsageError(`--shard must be a part such as 1/2, not "${shard}".`)
  const named = MUTANTS.filter(({ name }) => name.includes(part))
  if (named.length === 0) throw new UsageError(`No protection has "${part}" in its name.`)
  const chosen = named.filter((_, index) => index % shards === nth - 1)
  for (const protection of chosen) takeOut(await readFile(join(ROOT, protection.source), 'utf8'), protection)
  const before = await withAll(chosen)
  const rows: Row[] = []
  for (const [index, protection] of chosen.entries()) {
    const row = await prove(protection, before.get(protection))
    rows.push(row)
    console.log(`${String(index + 1).padStart(2)}/${chosen.length} ${protection.name}: ${row.result}`)
  }
  console.log(`\n${table(rows)}\n`)
  const open = rows.filter(({ isProven }) => !isProven)
  for (const { protection, result, detail } of open)
    console.error(`${protection.name}: ${result}\n${detail}\n`)
  console.log(
    `${rows.length - open.length} of ${rows.length} protections are needed, each by a test of its own`,
  )
  return open.length === 0 ? 0 : 1
})

/** How the tests go while every protection is in. */
async function withAll(chosen: readonly Mutant[]): Promise<Map<Mutant, Verdict>> {
  const verdicts = new Map<Mutant, Verdict>()
  for (const project of new Set(chosen.map(({ test }) => test.project))) {
    const own = chosen.filter(({ test }) => test.project === project)
    console.log(`with all protections: ${own.length} of the project ${project}`)
    const found = await tryTests(
      own.map(({ test }) => test),
      null,
    )
    own.forEach((protection, i) => {
      const verdict = found[i]
      if (verdict !== undefined) verdicts.set(protection, verdict)
    })
  }
  return verdicts
}

async function prove(protection: Mutant, before: Verdict | undefined): Promise<Row> {
  const row = (result: string, isProven = false, detail = '') => ({ protection, result, isProven, detail })
  if (before?.kind !== 'passed') {
    return row('its test does not pass even with it', false, before?.message)
  }
  const [after] = await tryTests([protection.test], protection)
  if (after === undefined || after.kind === 'passed')
    return row('COULD BE TAKEN OUT: its test passes without it')
  if (after.kind === 'odd') return row('proves nothing: its test came to no result', false, after.message)
  const { says } = protection.test
  if (!after.message.includes(says)) return row(`fails, but does not say "${says}"`, false, after.message)
  return row('OK', true)
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ protection: { name, source, test }, isProven }) => {
    return [isProven ? 'OK' : 'NO', name, source, `${test.file}: ${test.title}`]
  })
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  return cells
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n')
}
