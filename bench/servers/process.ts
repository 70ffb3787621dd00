/**
 * The process protocol of every server here: listens on the given port, prints READY, and exits on SIGTERM
 * or when its parent is gone. On SIGUSR2 it restarts on its stored data, if it can.
 */
import { rmSync } from 'node:fs'

/** Arguments from the runner: a port, and a folder for stored data, which is removed on exit. */
export const port = Number(process.argv[2])
export const folder = process.argv[3] ?? ''

interface Running {
  stop(): Promise<void>
  restart?(): Promise<void>
}

/** ms between checks whether the parent is running */
const LOOK_MS = 1000

export function ready(running: Running): void {
  const parent = process.ppid
  let isStopping = false
  const stop = () => {
    if (isStopping) return
    isStopping = true
    void running.stop().finally(() => {
      rmSync(folder, { recursive: true, force: true })
      process.exit(0)
    })
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('SIGUSR2', () => void running.restart?.())
  setInterval(() => {
    if (process.ppid !== parent) stop()
  }, LOOK_MS).unref()
  console.log('READY')
}
