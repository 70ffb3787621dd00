/**
 * All of `npm start` on a free port with its data in a temporary folder, for
 * scripts that need their own server.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'

export interface TemporaryServer {
  readonly url: string
  /** The folder used instead of `.edgeroom`. */
  readonly state: string
  stop(): Promise<void>
}

/** Resolves when the server answers. Rejects with its output if it exits first. */
export async function startTemporary(): Promise<TemporaryServer> {
  const state = await mkdtemp(join(tmpdir(), 'edgeroom-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [join(import.meta.dirname, '../start.ts')], {
    env: { ...process.env, PORT: String(port), EDGEROOM_STATE: state },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (data) => {
    output += data
  })
  child.stderr.on('data', (data) => {
    output += data
  })
  const ended = once(child, 'exit')
  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGTERM')
    await ended
    await rm(state, { recursive: true, force: true })
  }
  while (!(await answers(`${url}/healthz`))) {
    if (child.exitCode !== null) {
      await stop()
      throw new Error(`the server did not start:\n${output}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { url, state, stop }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    // Not listening yet.
    return false
  }
}
