/**
 * When the open batch becomes a commit. Clocked by durability: at the end of the turn when no commit is on its way
 * to disk, otherwise when that one is durable. So a lone typist waits for nothing, a slow disk batches by itself and
 * a busy room batches most. Two settings widen the window, for teams that trade delay for money.
 *
 * Numbers in, advice out: the shell owns the timers and asks again after each event.
 */
export interface PacerSettings {
  /** Least ms between two commits; 0 for none. */
  readonly commitIntervalMs: number
  /** Frames a second that a room may send in all for commits; Infinity for no bound. */
  readonly framesPerSecond: number
}

export const DEFAULT_PACER: PacerSettings = { commitIntervalMs: 0, framesPerSecond: Number.POSITIVE_INFINITY }

/** `turn`: seal at the end of this turn of the loop; `at`: at that time; `wait`: another event will ask again. */
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
  /** The advice that is being followed: asked again, the pacer does not arm it twice. */
  #armed = false

  constructor(settings: PacerSettings) {
    this.#settings = settings
  }

  /** Something is in the batch. @param now ms @param sockets that a commit would be sent to */
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
