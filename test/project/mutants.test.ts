/**
 * The table of mutants is up to date: the text of each occurs once in its source, its rules are documented,
 * and its test exists. `npm run mutants` proves that the test fails on the mutant.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { mutate, ROOT } from '../../verify/mutants/mutate.ts'
import { MUTANTS } from '../../verify/mutants/table/index.ts'

const FOLDERS = {
  core: ['test/auth/', 'test/core/', 'test/project/', 'test/verify/'],
  contract: ['test/durable-objects/', 'test/schema/', 'test/workers/'],
  editors: ['test/editors/', 'test/web/'],
  chaos: ['test/verify/'],
  fuzz: ['test/verify/'],
} as Readonly<Record<string, readonly string[]>>

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

const RULES = new Set([...read('docs/protocol.md').matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(([, id]) => id))

/** What a link to a section of this page ends with, as GitHub makes it from the heading. */
function sectionsOf(page: string): string[] {
  return [...read(`docs/${page}`).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    return heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-')
  })
}

it.each(MUTANTS)('$name: occurs once in its source, and has a test', (mutant) => {
  const { source, test } = mutant
  const code = read(source)
  expect(mutate(code, mutant)).not.toBe(code)
  const folders = FOLDERS[test.project] ?? [`test/${test.project}/`]
  expect(folders.some((folder) => test.file.startsWith(folder) && test.file.endsWith('.test.ts'))).toBe(true)
  expect(existsSync(join(ROOT, test.file))).toBe(true)
  expect(read(test.titledIn ?? test.file)).toContain(test.title)
})

it.each(MUTANTS)('$name: keeps what the docs promise', ({ rules }) => {
  for (const rule of rules) {
    const [page = '', section] = rule.split('#')
    if (section === undefined) expect(RULES).toContain(rule)
    else expect(sectionsOf(page)).toContain(section)
  }
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
