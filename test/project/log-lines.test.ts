/** Log lines of rooms must name their room, since one log contains many. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
/** Files whose log lines are about the deployment. */
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
  // The desync report is an object that contains the room.
  const nameless = lines.filter(
    (line) => !/\$\{[^}]*(?:room|name)\b/.test(line) && !line.includes('JSON.stringify'),
  )
  expect(nameless).toEqual([])
})
