/** Temporary folders, removed when this process exits for any reason but SIGKILL. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders = new Set<string>()

process.on('exit', () => {
  for (const folder of folders) removeFolder(folder)
})

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edgeroom-bench-'))
  folders.add(folder)
  return folder
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  folders.delete(folder)
}
