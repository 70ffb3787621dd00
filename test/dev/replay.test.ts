/** `npm run replay` as a process, with its own server and the path of a trace. */
import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BY_HAND } from './concurrent-sample.ts'
import { projectCopy } from './project-copy.ts'

const TEST_MS = 180_000

let folder: string

beforeAll(async () => {
  folder = await projectCopy()
})

afterAll(() => rm(folder, { recursive: true, force: true }))

it(
  'replays a concurrent trace with its agents as clients, and compares all copies',
  async () => {
    const path = join(folder, 'trace.json.gz')
    await writeFile(path, gzipSync(JSON.stringify(BY_HAND)))
    const env = { PATH: process.env.PATH, HOME: process.env.HOME }
    const ran = promisify(execFile)(process.execPath, ['dev/replay.ts', path], { cwd: folder, env })
    const { stdout } = await ran
    expect(stdout).toContain(
      '4 rounds, 1 of them with crossing edits; nothing was lost or duplicated after any of them',
    )
    expect(stdout).toContain("the text is the trace's")
    for (const copy of ['client 1', 'client 2', 'client 3', 'the server', 'Postgres'])
      expect(stdout).toContain(`✓ ${copy} has the text`)
  },
  TEST_MS,
)
