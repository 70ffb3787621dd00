/** Resident memory of the workerd processes started by this process, from /proc. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

/** Resident bytes; 0 if they cannot be determined. */
export function workerdBytes(): number {
  let bytes = 0
  for (const pid of childrenOf(process.pid)) {
    const status = statusOf(pid)
    if (/^Name:\s+workerd$/m.test(status))
      bytes += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
  }
  return bytes
}

function* childrenOf(parent: number): IterableIterator<number> {
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid) || !new RegExp(`^PPid:\\s+${parent}$`, 'm').test(statusOf(pid))) continue
    yield pid
    yield* childrenOf(pid)
  }
}

/** '' if the process is gone. */
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
