/**
 * When to seal the open batch. Clocked by durability: if no commit is being written, at the end of the turn,
 * otherwise once that commit is durable. A lone typist never waits, a slow disk causes batching by itself,
 * and a busy room batches most. Two settings widen the window, for deployments that trade latency for cost.
 *
 * Pure: numbers in, advice out. The caller owns the timers and asks again after each event.
 */
export interface PacerSettings {
  /** Minimum ms between two commits; 0 for none. */
  readonly commitIntervalMs: number
  /** Commit frames per second that a room may send in total; Infinity for no limit. */
  readonly framesPerSecond: number
}

export const DEFAULT_PACER: PacerSettings = { commitIntervalMs: 0, framesPerSecond: Number.POSITIVE_INFINITY }

/**
 * `turn`: seal at the end of this turn of the event loop; `at`: at that time; `wait`: a later event will ask
 * again.
 */
export type Advice =
  | { readonly type: 'turn' }
  | { readonly type: 'at'; readonly time: number }
  | { readonly type: 'wait' }

const TURN: Advice = { type: 'turn' }
const WAIT: Advice = { type: 'wait' }

export class Pacer {
  readonly #settings: PacerSettings
  #writing = false
  #lastSeal = Number.NEGATIVE_INFINITY
  /** Advice is already being followed, so the pacer gives it only once. */
  #armed = false

  constructor(settings: PacerSettings) {
    this.#settings = settings
  }

  /** A submission was added to the batch. @param now ms @param sockets number of receivers of a commit */
  submitted(now: number, sockets: number): Advice {
    if (this.#writing || this.#armed) return WAIT
    return this.#arm(now, sockets)
  }

  /** The batch was sealed and handed to the disk. */
  sealed(now: number): void {
    this.#writing = true
    this.#armed = false
    this.#lastSeal = now
  }

  /** The last commit is durable. */
  durable(now: number, sockets: number, hasBatch: boolean): Advice {
    this.#writing = false
    return hasBatch && !this.#armed ? this.#arm(now, sockets) : WAIT
  }

  #arm(now: number, sockets: number): Advice {
    this.#armed = true
    const byFrames = (sockets * 1000) / this.#settings.framesPerSecond
    const due = this.#lastSeal + Math.max(this.#settings.commitIntervalMs, byFrames)
    return due > now ? { type: 'at', time: due } : TURN
  }
}
