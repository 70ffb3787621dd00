/** Waits until the rest of the machine is almost idle. */
import { machineCpuS } from './processes.ts'

/** Cores that other processes may use. */
export const QUIET_CORES = 0.15
const LOOK_MS = 500

/**
 * Resolves when it is quiet or `longestS` have passed.
 * @returns the cores used by others at the last check
 */
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
