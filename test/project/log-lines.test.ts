/** Whoever reads the log of many rooms has to know which one a line is about. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
/** What these say is about the deployment. */
const OF_THE_DEPLOYMENT = ['durable-objects/flush/store.ts', 'auth/keys.ts']

it('every line that a room logs names the room', () => {
  const lines = ['durable-objects', 'auth']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
        (path) => `${folder}/${path}`,
      ),
    )
    .filter((path) => path.endsWith('.ts') && !OF_THE_DEPLOYMENT.includes(path))
    .flatMap((path) => {
      const source = readFileSync(join(ROOT, path), 'utf8')
      return [...source.matchAll(/console\.\w+\(([\s\S]*?)\)\n/g)].map(([, said = '']) => `${path}: ${said}`)
    })
  expect(lines.length).toBeGreaterThan(8)
  // The report of a desync is an object with the room in it.
  const nameless = lines.filter(
    (line) => !/\$\{[^}]*(?:room|name)\b/.test(line) && !line.includes('JSON.stringify'),
  )
  expect(nameless).toEqual([])
})
