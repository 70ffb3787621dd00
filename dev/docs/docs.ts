/**
 * `npm run docs`: writes the parts of the docs that are made from code. A test fails while they are out of
 * date.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { command } from '../cli/command.ts'
import { GENERATED, withPart } from './generated.ts'

const ROOT = join(import.meta.dirname, '../..')

const SPEC = {
  name: 'npm run docs',
  about: 'Writes the parts of the docs that are made from code.',
  options: {},
} as const

await command(SPEC, async () => {
  for (const part of GENERATED) {
    const file = join(ROOT, part.page)
    const text = await readFile(file, 'utf8')
    const current = withPart(text, part)
    if (current !== text) await writeFile(file, current)
    console.log(`${part.page}: ${part.name} ${current === text ? 'unchanged' : 'written'}`)
  }
  return 0
})
