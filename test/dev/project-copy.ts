/**
 * A copy of the sources, for scripts that build and run them. The demo is not built, since that takes long.
 */
import { cp, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const LEFT_OUT = new Set(['node_modules', '.git', '.edgeroom', '.wrangler', 'bench', 'docs', 'test', 'dist'])

/** Creates the copy and returns its path; the caller removes it. */
export async function projectCopy(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'edgeroom-copy-'))
  for (const name of await readdir(ROOT))
    if (!LEFT_OUT.has(name)) await cp(join(ROOT, name), join(folder, name), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const manifest = await readFile(join(folder, 'package.json'), 'utf8')
  const build = `node -e \\"fs.mkdirSync('dist/web', {recursive: true})\\"`
  await writeFile(
    join(folder, 'package.json'),
    manifest.replace('vite build web', () => build),
  )
  return folder
}
