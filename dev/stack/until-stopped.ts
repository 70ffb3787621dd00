/** Waits until this process is asked to stop: by Ctrl-C, a signal, a closed terminal, or the end of npm. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Interval of the check whether npm is still running, in ms. */
const PARENT_LOOK_MS = 500

/**
 * Resolves at the first such event. Later signals are ignored: shutdown is in
 * progress and takes limited time.
 */
export function untilStopped(): Promise<void> {
  // After the terminal is closed every write fails; that must not interrupt the shutdown.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.on(signal, () => resolve())
    // A signal to npm ends the shell in which it runs the script, and does not reach this process.
    if (process.env.npm_lifecycle_event !== undefined) {
      const parent = process.ppid
      const look = setInterval(() => {
        if (process.ppid !== parent) resolve()
      }, PARENT_LOOK_MS)
      look.unref()
    }
  })
}
