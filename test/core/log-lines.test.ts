/** Whoever reads the log of many rooms has to know which one a line is about. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const FOLDER = join(import.meta.dirname, '../../durable-objects')
/** What these say is about the deployment. */
const OF_THE_DEPLOYMENT = ['store.ts', 'token-keys.ts']

it('every line that a room logs names the room', () => {
  const lines = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !OF_THE_DEPLOYMENT.includes(path))
    .flatMap((path) => {
      const source = readFileSync(join(FOLDER, path), 'utf8')
      return [...source.matchAll(/console\.\w+\(([\s\S]*?)\)\n/g)].map(([, said = '']) => `${path}: ${said}`)
    })
  expect(lines.length).toBeGreaterThan(8)
  // The report of a desync is an object with the room in it.
  const nameless = lines.filter(
    (line) => !/\$\{[^}]*(?:room|name)\b/.test(line) && !line.includes('JSON.stringify'),
  )
  expect(nameless).toEqual([])
})
