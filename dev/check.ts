/**
 * `npm run check`: types, lint and words, side by side. Prints what each of them printed, and exits with 1 if
 * one fails. What each does is in package.json.
 */
import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { command } from './cli/command.ts'

const ROOT = join(import.meta.dirname, '..')
/** The longest first. */
const SCRIPTS = [
  'typecheck:node',
  'lint',
  'typecheck:edge',
  'typecheck:workers',
  'typecheck:client',
  'words',
  'typecheck:core',
]

interface Ran {
  readonly isOk: boolean
  readonly said: string
}

await command({ name: 'npm run check', about: 'Checks types, lint and words.', options: {} }, async () => {
  const waiting = [...SCRIPTS]
  let failed = 0
  const lane = async () => {
    for (let script = waiting.shift(); script !== undefined; script = waiting.shift()) {
      const { isOk, said } = await run(script)
      console.log(`${isOk ? 'ok' : 'FAILED'}: npm run ${script}\n${said}`.trimEnd())
      if (!isOk) failed++
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane))
  return failed === 0 ? 0 : 1
})

function run(script: string): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      'npm',
      ['run', '--silent', script],
      { cwd: ROOT, maxBuffer: Number.POSITIVE_INFINITY },
      (error, out, err) => resolve({ isOk: error === null, said: out + err }),
    )
  })
}
