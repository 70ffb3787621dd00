/** Installs the packages of the other systems, in the versions of bench/package-lock.json. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const BENCH = join(import.meta.dirname, '..')

export async function install(): Promise<void> {
  const child = spawn('npm', ['--prefix', BENCH, 'ci', '--no-audit', '--no-fund'], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error('The packages of the other systems could not be installed: see above.')
}
