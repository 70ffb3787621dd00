/**
 * CPU usage over a period: of the server, of this process, and of everything else, which shows
 * whether the figures can be trusted.
 */
import { rounded } from '../lib/numbers.ts'
import { machineCpuS, usageOf } from '../lib/processes.ts'

export class CpuWindow {
  readonly #server: number
  readonly #started = performance.now()
  readonly #own = process.cpuUsage()
  readonly #machineS = machineCpuS()
  readonly #serverS: number

  constructor(server: number) {
    this.#server = server
    this.#serverS = usageOf(server).cpuS
  }

  get seconds(): number {
    return (performance.now() - this.#started) / 1000
  }

  /** CPU seconds of the server's processes. */
  get serverS(): number {
    return usageOf(this.#server).cpuS - this.#serverS
  }

  /** Average number of busy cores of each. */
  cores(): { serverCpu: number; generatorCpu: number; foreignCpu: number } {
    const { seconds, serverS } = this
    const { user, system } = process.cpuUsage(this.#own)
    const ownS = (user + system) / 1e6
    const foreignS = Math.max(0, machineCpuS() - this.#machineS - serverS - ownS)
    return {
      serverCpu: rounded(serverS / seconds),
      generatorCpu: rounded(ownS / seconds),
      foreignCpu: rounded(foreignS / seconds),
    }
  }
}
