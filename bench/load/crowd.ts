/**
 * The clients of one room: some editors and some viewers. Records the latency of each op, and counts acks,
 * receipts by the others and dropped connections.
 */
import type { Adapter, LoadClient } from '../adapters/adapter.ts'
import { Latencies, sum } from '../lib/numbers.ts'
import { below } from './texts.ts'

/** Ops per client whose send times are kept: more than can be in flight. */
const REMEMBERED = 1 << 14
/** ms without any arrival after which missing ops are given up */
const SILENCE_MS = 5000
/** Clients that connect concurrently. */
const TOGETHER = 16
const LETTERS = 26

export class Crowd {
  acks = new Latencies()
  receipts = new Latencies()
  /** Whether latencies are recorded. */
  isRecording = false
  /** Called with the client's index whenever one of its ops is acked. */
  onAck: (index: number) => void = () => {}
  acked = 0
  received = 0
  dropped = 0
  #firstDrop = ''
  readonly #clients: LoadClient[] = []
  readonly #sent: number[]
  readonly #times: Float64Array[]
  readonly #bytes: number
  #isLeaving = false

  private constructor(editors: number, bytes: number) {
    this.#sent = new Array(editors).fill(0)
    this.#times = Array.from({ length: editors }, () => new Float64Array(REMEMBERED))
    this.#bytes = bytes
  }

  /**
   * Joins a seeded room with all clients.
   * @param bytes size of the file: letters go between its first and its last character
   */
  static async join(
    adapter: Adapter,
    room: string,
    { editors, viewers = 0, bytes }: { editors: number; viewers?: number; bytes: number },
  ): Promise<Crowd> {
    const crowd = new Crowd(editors, bytes)
    const all = editors + viewers
    for (let from = 0; from < all; from += TOGETHER) {
      const indexes = Array.from({ length: Math.min(TOGETHER, all - from) }, (_, i) => from + i)
      crowd.#clients.push(
        ...(await Promise.all(indexes.map((index) => crowd.#connect(adapter, room, index)))),
      )
    }
    return crowd
  }

  get sent(): number {
    return sum(this.#sent)
  }

  get size(): number {
    return this.#clients.length
  }

  get firstDrop(): string {
    return this.#firstDrop
  }

  /** Frames and bytes received by all clients so far. */
  get framesIn(): number {
    return sum(this.#clients.map(({ socket }) => socket.framesIn))
  }

  get bytesIn(): number {
    return sum(this.#clients.map(({ socket }) => socket.bytesIn))
  }

  /** Types a letter at a random position. */
  type(index: number): void {
    const n = this.#sent[index] ?? 0
    this.#sent[index] = n + 1
    const times = this.#times[index]
    if (times !== undefined) times[n % REMEMBERED] = performance.now()
    this.#clients[index]?.send(n, 1 + below(this.#bytes - 2), String.fromCharCode(97 + below(LETTERS)))
  }

  /** Resolves when every op is acked and received by all others, or nothing has arrived for a while. */
  async settle(): Promise<void> {
    let last = -1
    let since = performance.now()
    for (;;) {
      const arrived = this.acked + this.received
      if (arrived >= this.sent * this.size) return
      if (arrived !== last) since = performance.now()
      last = arrived
      if (performance.now() - since > SILENCE_MS) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  leave(): void {
    this.#isLeaving = true
    for (const client of this.#clients) client.close()
  }

  #connect(adapter: Adapter, room: string, index: number): Promise<LoadClient> {
    return adapter.connect(room, index, {
      ack: (n) => {
        this.acked++
        if (this.isRecording) this.acks.add(this.#since(index, n))
        this.onAck(index)
      },
      remote: (from, n) => {
        this.received++
        if (this.isRecording) this.receipts.add(this.#since(from, n))
      },
      closed: (reason) => {
        if (this.#isLeaving) return
        this.dropped++
        if (this.#firstDrop === '') this.#firstDrop = reason
      },
    })
  }

  #since(index: number, n: number): number {
    return performance.now() - (this.#times[index]?.[n % REMEMBERED] ?? Number.NaN)
  }
}
