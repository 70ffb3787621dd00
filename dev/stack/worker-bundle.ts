/** Bundles the Worker as for a deployment, with wrangler and wrangler.toml; also builds the demo. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectDirectory } from './local-state.ts'

/** Writes the bundle to a folder, as index.js. @param sources root of the sources */
export async function bundleInto(folder: string, sources = projectDirectory): Promise<void> {
  const wrangler = join(projectDirectory, 'node_modules/.bin/wrangler')
  await promisify(execFile)(wrangler, ['deploy', '--dry-run', '--outdir', folder], {
    cwd: sources,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  })
}

/** Builds the bundle and returns its source. */
export async function bundledWorker(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'edgeroom-bundle-'))
  try {
    await bundleInto(folder)
    return await readFile(join(folder, 'index.js'), 'utf8')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
