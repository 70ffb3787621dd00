/**
 * The clients of one room, or of many with as many clients each: some edit, the others only watch. Records
 * the latency of each op, and counts acks, receipts by the others, cursors and dropped connections.
 */
import type { Adapter, LoadClient } from '../adapters/adapter.ts'
import { Latencies, sum } from '../lib/numbers.ts'
import { below } from './texts.ts'

/** Send times kept for all editors together, and at most for one: more than can be in flight. */
const REMEMBERED = 1 << 21
const REMEMBERED_PER_EDITOR = 1 << 14
/** ms without any arrival after which missing ops are given up */
const SILENCE_MS = 5000
/** Clients that connect concurrently. */
const TOGETHER = 16
const LETTERS = 26

export interface CrowdOptions {
  /** Per room. */
  readonly editors: number
  /** Per room. */
  readonly viewers?: number
  /** Size of each file: letters go between its first and its last character. */
  readonly bytes: number
  /** Whether the cursor of an editor moves with its typing, and all receive the others' cursors. */
  readonly hasCursors?: boolean
}

export class Crowd {
  acks = new Latencies()
  receipts = new Latencies()
  /** Whether latencies are recorded. */
  isRecording = false
  /** Called with the editor's index whenever one of its ops is acked. */
  onAck: (index: number) => void = () => {}
  acked = 0
  received = 0
  /** Cursors of others received by all clients. */
  cursors = 0
  dropped = 0
  #firstDrop = ''
  readonly #clients: LoadClient[] = []
  readonly #sent: number[]
  readonly #times: Float64Array[]
  readonly #options: CrowdOptions
  readonly #rooms: number
  #isLeaving = false

  private constructor(rooms: number, options: CrowdOptions) {
    const editors = rooms * options.editors
    const remembered = Math.min(REMEMBERED_PER_EDITOR, Math.floor(REMEMBERED / editors))
    this.#sent = new Array(editors).fill(0)
    this.#times = Array.from({ length: editors }, () => new Float64Array(remembered))
    this.#options = options
    this.#rooms = rooms
  }

  /** Joins seeded rooms with all clients. Editors are numbered from 0, room by room. */
  static async join(adapter: Adapter, rooms: readonly string[], options: CrowdOptions): Promise<Crowd> {
    const { editors, viewers = 0 } = options
    const crowd = new Crowd(rooms.length, options)
    const places = [
      ...rooms.flatMap((room) => Array<string>(editors).fill(room)),
      ...rooms.flatMap((room) => Array<string>(viewers).fill(room)),
    ].map((room, index) => ({ room, index }))
    for (let from = 0; from < places.length; from += TOGETHER) {
      const joining = places
        .slice(from, from + TOGETHER)
        .map(({ room, index }) => crowd.#connect(adapter, room, index))
      crowd.#clients.push(...(await Promise.all(joining)))
    }
    if (options.hasCursors && crowd.#clients.some(({ moveCursor }) => moveCursor === undefined))
      throw new Error('this system has no cursors to move')
    return crowd
  }

  get sent(): number {
    return sum(this.#sent)
  }

  /** Clients of all rooms. */
  get size(): number {
    return this.#clients.length
  }

  /** How many clients each op should reach, besides its author. */
  get others(): number {
    return this.size / this.#rooms - 1
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

  /**
   * Types a letter at a random position.
   * @param isProgram programs have no cursor
   */
  type(index: number, isProgram = false): void {
    const n = this.#sent[index] ?? 0
    this.#sent[index] = n + 1
    const times = this.#times[index]
    if (times !== undefined) times[n % times.length] = performance.now()
    const position = 1 + below(this.#options.bytes - 2)
    const client = this.#clients[index]
    client?.send(n, position, String.fromCharCode(97 + below(LETTERS)))
    if (this.#options.hasCursors && !isProgram) client?.moveCursor?.(position)
  }

  /** Resolves when every op is acked and received by all others, or nothing has arrived for a while. */
  async settle(): Promise<void> {
    let last = -1
    let since = performance.now()
    for (;;) {
      const arrived = this.acked + this.received
      if (arrived >= this.sent * (1 + this.others)) return
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
    const cursors = (count: number) => {
      this.cursors += count
    }
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
      ...(this.#options.hasCursors ? { cursors } : {}),
      closed: (reason) => {
        if (this.#isLeaving) return
        this.dropped++
        if (this.#firstDrop === '') this.#firstDrop = reason
      },
    })
  }

  #since(index: number, n: number): number {
    const times = this.#times[index]
    return performance.now() - (times?.[n % times.length] ?? Number.NaN)
  }
}
