/** A checkout of another version of the project, in a temporary folder, with the packages that it needs. */
import { execFile } from 'node:child_process'
import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { UsageError } from '../../dev/cli/command.ts'
import { temporaryFolder } from './temporary.ts'

const run = promisify(execFile)
/** Folders with packages of their own. */
const PACKAGES = ['.', 'bench']
const LOCK = 'package-lock.json'

export interface Checkout {
  readonly root: string
  /** Its abbreviated commit and its subject. */
  readonly name: string
}

/** @param ref a commit, branch or tag. @throws UsageError if there is no such commit */
export async function commitOf(root: string, ref: string): Promise<string> {
  try {
    return await git(root, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`)
  } catch {
    throw new UsageError(`--against must name a commit, a branch or a tag, not "${ref}".`)
  }
}

/** @param root the project. @param commit see `commitOf` */
export async function checkout(root: string, commit: string): Promise<Checkout> {
  const folder = temporaryFolder()
  const archive = join(folder, 'archive.tar')
  await git(root, 'archive', '--output', archive, commit)
  await run('tar', ['-x', '-f', archive, '-C', folder])
  for (const place of PACKAGES) await providePackages(join(root, place), join(folder, place))
  return { root: folder, name: await git(root, 'log', '-1', '--format=%h %s', commit) }
}

/** Uses the installed packages if the versions are the same, and installs the others. */
async function providePackages(installed: string, wanted: string): Promise<void> {
  const [here, there] = await Promise.all(
    [installed, wanted].map((folder) => readFile(join(folder, LOCK), 'utf8')),
  )
  if (here === there) await symlink(join(installed, 'node_modules'), join(wanted, 'node_modules'))
  else await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: wanted, maxBuffer: 2 ** 24 })
}

async function git(root: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', root, ...args], { maxBuffer: 2 ** 24 })
  return stdout.trim()
}
