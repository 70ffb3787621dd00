/**
 * The table of protections stays true: each of them stands in its source, once, and its test is there. That the test fails
 * without the protection, `npm run mutants` proves.
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

it.each(MUTANTS)('$name: stands once in its source, and has a test', (protection) => {
  const { source, test } = protection
  const code = readFileSync(join(ROOT, source), 'utf8')
  expect(takeOut(code, protection)).not.toBe(code)
  const folders = FOLDERS[test.project] ?? [`test/${test.project}/`]
  expect(folders.some((folder) => test.file.startsWith(folder) && test.file.endsWith('.test.ts'))).toBe(true)
  expect(existsSync(join(ROOT, test.file))).toBe(true)
  expect(readFileSync(join(ROOT, test.titledIn ?? test.file), 'utf8')).toContain(test.title)
})

it('is in the table of docs/reliability.md, with its source and its test', () => {
  const page = readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8')
  const rows = [...page.matchAll(/^\| (.+) \| `(.+)` \| (.+) \|$/gm)]
  for (const { name, source, test } of MUTANTS) {
    const row = rows.find(([, named]) => named === name)?.slice(1)
    expect(row, name).toEqual([name, source, expect.stringContaining(test.title)])
  }
  expect(rows).toHaveLength(MUTANTS.length)
})

it('has a name of its own', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
})

it('is never taken out unnoticed: a text that is not there once is an error', () => {
  const [first] = MUTANTS
  if (first === undefined) throw new Error('the table is empty')
  expect(() => mutate('', first)).toThrow('occurs 0 times')
  expect(() => mutate(`${first.text}\n${first.text}`, first)).toThrow('occurs 2 times')
})
