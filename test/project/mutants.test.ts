/**
 * The table of mutants is up to date: the text that each removes occurs exactly once in its source, and its
 * test exists. That the test fails with the mutant is checked by `npm run mutants`.
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

it.each(MUTANTS)('$name: its text occurs once in the source, and it has a test', (mutant) => {
  const { source, test } = mutant
  const code = readFileSync(join(ROOT, source), 'utf8')
  expect(takeOut(code, mutant)).not.toBe(code)
  const folders = FOLDERS[test.project] ?? [`test/${test.project}/`]
  expect(folders.some((folder) => test.file.startsWith(folder) && test.file.endsWith('.test.ts'))).toBe(true)
  expect(existsSync(join(ROOT, test.file))).toBe(true)
  expect(readFileSync(join(ROOT, test.titledIn ?? test.file), 'utf8')).toContain(test.title)
})

it('each is in the table of docs/reliability.md, with its source and its test', () => {
  const page = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8')
  const rows = [...page.matchAll(/^\| (.+) \| `(.+)` \| (.+) \|$/gm)]
  for (const { name, source, test } of MUTANTS) {
    const row = rows.find(([, named]) => named === name)?.slice(1)
    expect(row, name).toEqual([name, source, expect.stringContaining(test.title)])
  }
  expect(rows).toHaveLength(MUTANTS.length)
})

it('each has a unique name', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
})

it('a text that does not occur exactly once is an error', () => {
  const [first] = MUTANTS
  if (first === undefined) throw new Error('the table is empty')
  expect(() => mutate('', first)).toThrow('occurs 0 times')
  expect(() => mutate(`${first.text}\n${first.text}`, first)).toThrow('occurs 2 times')
})
