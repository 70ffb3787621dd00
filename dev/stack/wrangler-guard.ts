/**
 * Loaded into the process of `wrangler dev` before it, to end it where it would live on for nothing: when whoever started it was killed,
 * with a database that is gone behind it, and when the process that listens at its port was, since what wrangler starts in its
 * place is never told whom to pass requests to. Does nothing else, and nothing in any process that wrangler starts.
 */
import type { ChildProcess } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { isMainThread } from 'node:worker_threads'

/** The variable that has the id of whoever started wrangler. */
export const STARTED_BY = 'EDGEROOM_STARTED_BY'

/** How often to look whether that process is still there, in ms. */
const LOOK_MS = 500

if (isMainThread && process.env[STARTED_BY] === String(process.ppid)) {
  endWith(process.ppid)
  endWithoutListener(process.argv[process.argv.indexOf('--port') + 1] ?? '')
}

function endWith(parent: number): void {
  const look = setInterval(() => {
    // Its group, which is its own: workerd and esbuild would stay.
    if (process.ppid !== parent) process.kill(-process.pid, 'SIGKILL')
  }, LOOK_MS)
  look.unref()
}

function endWithoutListener(port: string): void {
  channel('child_process').subscribe((message) => {
    const { process: child } = message as { process: ChildProcess }
    child.once('exit', (code, signal) => {
      const isListener = child.spawnargs.includes(`--socket-addr=entry=127.0.0.1:${port}`)
      if (!isListener || child.killed) return
      console.error(`The process that listened at port ${port} ended: ${signal ?? `exit code ${code}`}.`)
      process.exit(1)
    })
  })
}
