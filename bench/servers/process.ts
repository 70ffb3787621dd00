/**
 * What each server here does as a process: it listens at the port that it is given, says READY, and ends when it is told to or when
 * whoever started it is gone. On SIGUSR2 it starts anew on what it has stored, where it can.
 */
import { rmSync } from 'node:fs'

/** What the runner hands over: a port, and a folder for what the server stores, which goes when it ends. */
export const port = Number(process.argv[2])
export const folder = process.argv[3] ?? ''

interface Running {
  stop(): Promise<void>
  restart?(): Promise<void>
}

/** ms between two looks at whether the parent is still there. */
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
