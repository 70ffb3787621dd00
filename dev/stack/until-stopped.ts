/** Waits for somebody to stop this process: Ctrl-C, a signal, the terminal being closed, or the end of npm. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** How often to look whether npm is still there, in ms. */
const PARENT_LOOK_MS = 500

/** Resolves at the first such event. Signals after it are ignored: stopping is under way, and bounded in time. */
export function untilStopped(): Promise<void> {
  // A closed terminal fails every further line; that must not keep the rest from being stopped.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.on(signal, () => resolve())
    // A signal to npm ends the shell it runs its script in, and never gets here.
    if (process.env.npm_lifecycle_event !== undefined) {
      const parent = process.ppid
      const look = setInterval(() => {
        if (process.ppid !== parent) resolve()
      }, PARENT_LOOK_MS)
      look.unref()
    }
  })
}
