/** Where a file goes whose path is taken. */
import { expect, it } from 'vitest'
import { RoomFiles } from '../../../core/model/files.ts'
import { freePathBeside } from '../../../core/model/free-path.ts'

function beside(path: string, ...taken: string[]): string | null {
  const files = new RoomFiles()
  for (const path of taken) files.set({ file: path, path, revision: 1, created: 1, text: null })
  return freePathBeside(path, files)
}

it('is the path itself if that is free', () => {
  expect(beside('src/a.txt', 'src/b.txt')).toBe('src/a.txt')
})

it.each([
  ['before the extension', 'a.txt', ['a.txt'], 'a (2).txt'],
  ['after a name without one', 'src/Makefile', ['src/Makefile'], 'src/Makefile (2)'],
  ['after a name that begins with a dot', '.gitignore', ['.gitignore'], '.gitignore (2)'],
  ['before the last extension', 'a.test.ts', ['a.test.ts'], 'a.test (2).ts'],
  ['after a dot at the end', 'a.', ['a.'], 'a (2).'],
  ['that is still free', 'a.txt', ['a.txt', 'a (2).txt', 'a (3).txt'], 'a (4).txt'],
  ['where the path is a folder by now', 'src/a', ['src/a/b.txt'], 'src/a (2)'],
  ['into a folder that is now a file', 'a/b/c.txt', ['a/b'], 'a/b (2)/c.txt'],
  ['into the outermost such folder', 'a/b/c.txt', ['a'], 'a (2)/b/c.txt'],
  ['into a folder, skipping a number whose folder has that file', 'a/b', ['a', 'a (2)/b'], 'a (3)/b'],
  ['into a folder with that number if it exists', 'a/b', ['a', 'a (2)/c'], 'a (2)/b'],
  ['next to a name that differs in case', 'A.txt', ['a.txt', 'a (2).TXT'], 'A (3).txt'],
  ['into a folder that is a file in different case', 'A/b', ['a'], 'A (2)/b'],
])('puts the number %s', (_, path, taken, expected) => {
  expect(beside(path, ...taken)).toBe(expected)
})

it('cuts a name that would be too long, without splitting a character', () => {
  const long = `${'x'.repeat(504)}🦊.txt`
  expect(beside(long, long)).toBe(`${'x'.repeat(504)} (2).txt`)
  const folder = 'é'.repeat(250)
  expect(beside(`${folder}/abcdefg.ts`, folder)).toBe(`${'é'.repeat(248)} (2)/abcdefg.ts`)
})

it('treats a long extension as part of the name', () => {
  const path = `a.${'x'.repeat(510)}`
  expect(beside(path, path)).toBe(`a.${'x'.repeat(506)} (2)`)
})

it('is null if nothing of the name would be left, or too many numbers are taken', () => {
  const path = `${'x'.repeat(510)}/a`
  expect(beside(path, path)).toBeNull()
  const numbers = Array.from({ length: 200 }, (_, i) => `a (${i + 2})`)
  expect(beside('a', 'a', ...numbers)).toBeNull()
})
