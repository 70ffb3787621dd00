/** Starts a server as its own process, and stops it with all its descendants. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '../../dev/stack/free-port.ts'
import { treeOf } from './processes.ts'
import { removeFolder, temporaryFolder } from './temporary.ts'

const START_MS = 120_000
const STOP_MS = 5000
const ERRORS_KEPT = 4000

export interface Server {
  readonly url: string
  readonly pid: number
  /** The end of its stderr. */
  readonly errors: string
  stop(): Promise<void>
}

/** Resolves when the server is ready. @param file path of its script */
export async function startServer(file: string, env: Readonly<Record<string, string>>): Promise<Server> {
  const folder = temporaryFolder()
  const port = await freePort()
  const child = spawn(process.execPath, [file, String(port), folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production', ...env },
  })
  let errors = ''
  child.stderr.on('data', (data) => {
    errors = (errors + data).slice(-ERRORS_KEPT)
  })
  const stop = async () => {
    await end(child)
    removeFolder(folder)
  }
  try {
    await isReady(child)
  } catch (error) {
    await stop()
    throw new Error(`${file} did not start: ${String(error)}\n${errors}`)
  }
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    get errors() {
      return errors
    },
    stop,
  }
}

function isReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it was not ready in time')), START_MS)
    let output = ''
    child.stdout?.on('data', (data) => {
      output += data
      if (!output.includes('READY')) return
      clearTimeout(timer)
      resolve()
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`it exited with ${code}`))
    })
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const { pid } = child
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => {
    for (const one of treeOf(pid).reverse()) process.kill(one, 'SIGKILL')
  }, STOP_MS)
  await ended
  clearTimeout(timer)
}
