/**
 * Locks a directory for one process at a time, with a file beside it that names the owner.
 * PGlite does not lock its data directory, and two processes in one would destroy it. A lock
 * of a dead process is taken over.
 */

import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Another running process holds the directory. */
export class DirectoryInUse extends Error {
  readonly code = 'directory_in_use'
  readonly owner: number

  constructor(directory: string, owner: number) {
    super(`${directory} is in use by process ${owner}. Is Edgeroom already running? Stop it first.`)
    this.name = 'DirectoryInUse'
    this.owner = owner
  }
}

/** Creates `<directory>.lock`. @returns a function that removes it @throws DirectoryInUse */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const path = `${directory}.lock`
  await mkdir(dirname(path), { recursive: true })
  for (;;) {
    try {
      const handle = await open(path, 'wx')
      await handle.writeFile(String(process.pid))
      await handle.close()
      return () => rm(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => ''))
    if (isAlive(owner)) throw new DirectoryInUse(directory, owner)
    await rm(path, { force: true })
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
