/**
 * A page served over plain http from another machine, such as a laptop in a classroom, is not a secure
 * context, and browsers withhold parts of the platform from it. Code that runs in a page uses those parts
 * only where it has a fallback.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

/** APIs available in secure contexts only, as far as an editor could use them. */
const SECURE_ONLY =
  /\brandomUUID\b|\bsubtle\b|\bnavigator\s*\??\.\s*(?:locks|clipboard|serviceWorker|storage|credentials|mediaDevices|wakeLock|keyboard)\b|\bcaches\b|\bshow(?:Open|Save|Directory)FilePicker\b|\bEditContext\b/

/** The files that use them, and their fallbacks. */
const DEGRADES: readonly string[] = [
  // Stores nothing: `indexedDbStorage` is null.
  'client/offline/indexed-db.ts',
  // Recognises a reloaded window by its session storage.
  'web/people/identity.ts',
  // Selects the text and copies the selection.
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
