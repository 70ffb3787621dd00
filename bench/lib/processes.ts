/** CPU and memory usage from /proc: of a process with its descendants, and of the machine. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

/** Kernel clock ticks per second (USER_HZ). */
const TICKS_PER_S = 100

export interface Usage {
  /** s of user and system time */
  readonly cpuS: number
  readonly rssKb: number
  /** The same for workerd alone; 0 if there is none. */
  readonly workerdRssKb: number
}

/** A process and its descendants. */
export function treeOf(root: number): number[] {
  const found = [root]
  for (const pid of found) {
    for (const thread of list(`/proc/${pid}/task`)) {
      const children = read(`/proc/${pid}/task/${thread}/children`).split(' ')
      for (const child of children) if (child.trim() !== '') found.push(Number(child))
    }
  }
  return [...new Set(found)]
}

export function usageOf(root: number): Usage {
  let ticks = 0
  let rssKb = 0
  let workerdRssKb = 0
  for (const pid of treeOf(root)) {
    const stat = read(`/proc/${pid}/stat`)
    const end = stat.lastIndexOf(')')
    if (end < 0) continue
    const fields = stat.slice(end + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
    const rss = Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
    rssKb += rss
    if (stat.slice(stat.indexOf('(') + 1, end).startsWith('workerd')) workerdRssKb += rss
  }
  return { cpuS: ticks / TICKS_PER_S, rssKb, workerdRssKb }
}

/** CPU seconds used on the whole machine so far. */
export function machineCpuS(): number {
  const [line = ''] = read('/proc/stat').split('\n')
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_S
}

/** '' if the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isGone(error)) return ''
    throw error
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch (error) {
    if (isGone(error)) return []
    throw error
  }
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ESRCH'
}
