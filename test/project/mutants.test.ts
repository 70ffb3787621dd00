/**
 * The table of mutants is up to date: the text of each occurs once in its source, and its test exists.
 * `npm run mutants` proves that the test fails on the mutant.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { mutate, ROOT } from '../../verify/mutants/mutate.ts'
import { MUTANTS } from '../../verify/mutants/table.ts'

const FOLDERS = {
  core: ['test/auth/', 'test/core/', 'test/project/', 'test/verify/'],
  contract: ['test/durable-objects/', 'test/schema/', 'test/workers/'],
  editors: ['test/editors/', 'test/web/'],
  chaos: ['test/verify/'],
  fuzz: ['test/verify/'],
} as Readonly<Record<string, readonly string[]>>

it.each(MUTANTS)('$name: occurs once in its source, and has a test', (mutant) => {
  const { source, test } = mutant
  const code = readFileSync(join(ROOT, source), 'utf8')
  expect(mutate(code, mutant)).not.toBe(code)
  const folders = FOLDERS[test.project] ?? [`test/${test.project}/`]
  expect(folders.some((folder) => test.file.startsWith(folder) && test.file.endsWith('.test.ts'))).toBe(true)
  expect(existsSync(join(ROOT, test.file))).toBe(true)
  expect(readFileSync(join(ROOT, test.titledIn ?? test.file), 'utf8')).toContain(test.title)
})

it('are in the table of docs/reliability.md, each with its source and its test', () => {
  const page = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8')
  const rows = [...page.matchAll(/^\| (.+) \| `(.+)` \| (.+) \|$/gm)]
  for (const { name, source, test } of MUTANTS) {
    const row = rows.find(([, named]) => named === name)?.slice(1)
    expect(row, name).toEqual([name, source, expect.stringContaining(test.title)])
  }
  expect(rows).toHaveLength(MUTANTS.length)
})

it('have unique names', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
})

it('cannot be applied if the text does not occur exactly once', () => {
  const [first] = MUTANTS
  if (first === undefined) throw new Error('the table is empty')
  expect(() => mutate('', first)).toThrow('occurs 0 times')
  expect(() => mutate(`${first.text}\n${first.text}`, first)).toThrow('occurs 2 times')
})
