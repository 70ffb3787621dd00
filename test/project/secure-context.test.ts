/**
 * A page on plain http of another machine, a laptop in a classroom for instance, is no secure context: a
 * browser leaves out part of the platform there. What runs in a page uses that part only where it is known
 * to be there, and says what happens without it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

/** What browsers give to secure contexts alone, as far as an editor could want it. */
const SECURE_ONLY =
  /\brandomUUID\b|\bsubtle\b|\bnavigator\s*\??\.\s*(?:locks|clipboard|serviceWorker|storage|credentials|mediaDevices|wakeLock|keyboard)\b|\bcaches\b|\bshow(?:Open|Save|Directory)FilePicker\b|\bEditContext\b/

/** Each place that uses it, and what it does without. */
const DEGRADES: readonly string[] = [
  // Keeps nothing: `indexedDbStorage` is null.
  'client/offline/indexed-db.ts',
  // Takes a window for a reloaded one by what its session remembers.
  'web/people/identity.ts',
  // Selects the text and copies that.
  'web/ui/clipboard.ts',
]

it.each(['core', 'client', 'editors', 'web'])('%s uses nothing that needs a secure context', (folder) => {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:ts|jsx?)$/.test(path))
    .map((path) => join(folder, path).replaceAll('\\', '/'))
  const uses = files.filter((file) => SECURE_ONLY.test(withoutComments(file)))
  expect(uses.filter((file) => !DEGRADES.includes(file))).toEqual([])
  const known = DEGRADES.filter((file) => file.startsWith(`${folder}/`))
  expect(uses.filter((file) => DEGRADES.includes(file)).sort()).toEqual(known)
})

function withoutComments(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}
