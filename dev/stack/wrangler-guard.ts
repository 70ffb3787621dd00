/**
 * Preloaded into the process of `wrangler dev`, to end it in two cases where it would keep running
 * uselessly: when its parent was killed (its database is gone, too), and when the process listening on its
 * port was killed (wrangler starts a new one, but never tells it where to pass requests). Does nothing in
 * processes that wrangler starts.
 */
import type { ChildProcess } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { isMainThread } from 'node:worker_threads'

/** Environment variable with the process id of the parent. */
export const STARTED_BY = 'EDGEROOM_STARTED_BY'

/** Interval of the check whether the parent is still running, in ms. */
const LOOK_MS = 500

if (isMainThread && process.env[STARTED_BY] === String(process.ppid)) {
  endWith(process.ppid)
  endWithoutListener(process.argv[process.argv.indexOf('--port') + 1] ?? '')
}

function endWith(parent: number): void {
  const look = setInterval(() => {
    // The whole process group, or workerd and esbuild would keep running.
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
      console.error(`The process listening on port ${port} ended: ${signal ?? `exit code ${code}`}.`)
      process.exit(1)
    })
  })
}
