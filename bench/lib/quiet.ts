/** Waits until nothing else on the machine uses CPU worth speaking of. */
import { machineCpuS } from './processes.ts'

/** Cores that others may use. */
export const QUIET_CORES = 0.15
const LOOK_MS = 1000

/** Resolves when it is quiet, or `longestS` have passed; answers the cores that others used when it was looked at last. */
export async function quiet(longestS: number): Promise<number> {
  const started = performance.now()
  for (;;) {
    const cpuS = machineCpuS()
    const from = performance.now()
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    const cores = (machineCpuS() - cpuS) / ((performance.now() - from) / 1000)
    if (cores <= QUIET_CORES || performance.now() - started > longestS * 1000) return cores
  }
}
