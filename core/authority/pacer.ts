/**
 * When to seal the open batch. Sending a frame costs more than anything else a room does, so commits that
 * follow each other closely share one; but nobody waits unless somebody else is about to submit.
 *
 * Two things clock a room. Durability: while a commit is being written, a batch collects, so a slow disk
 * causes batching by itself. And display frames: no two commits within one of them, as long as more
 * submissions are to be expected in it than the batch holds already. A lone typist is never held up, nor is a
 * closed loop of programs, whose batch is complete as soon as each of them has answered its ack.
 *
 * Pure: numbers in, advice out. The caller owns the timers and asks again after each event.
 */
import { Arrivals } from './arrivals.ts'

export interface PacerSettings {
  /** Minimum ms between two commits, 0 for none; null: a display frame where that makes batches. */
  readonly commitIntervalMs: number | null
  /** Commit frames per second that a room may send in total; Infinity for no limit. */
  readonly framesPerSecond: number
}

export const DEFAULT_PACER: PacerSettings = {
  commitIntervalMs: null,
  framesPerSecond: Number.POSITIVE_INFINITY,
}

/** One display frame at 60 Hz, ms. */
export const FRAME_MS = 16
/** The longest window, ms, in a room whose timers are late because it has too much to do. */
export const LONGEST_FRAME_MS = 50
/** Share of the newest delay in the moving average of how late timers are. */
const NEWEST_LAG = 1 / 4

/** `now`: seal; `at`: ask again at that time; `wait`: a later event will ask again. */
export type Advice =
  | { readonly type: 'now' }
  | { readonly type: 'at'; readonly time: number }
  | { readonly type: 'wait' }

const NOW: Advice = { type: 'now' }
const WAIT: Advice = { type: 'wait' }

export class Pacer {
  readonly #settings: PacerSettings
  readonly #arrivals = new Arrivals()
  #writing = false
  #lastSeal = Number.NEGATIVE_INFINITY
  /** How late timers are, ms, as a moving average. */
  #lag = 0

  constructor(settings: PacerSettings) {
    this.#settings = settings
  }

  /**
   * A submission was added to the batch.
   * @param now ms
   * @param followsAck whether its author waits for the ack before it submits again (S4)
   */
  submitted(author: string, now: number, followsAck: boolean): void {
    this.#arrivals.submitted(author, now, followsAck)
  }

  /** An author left, was refused, or waits for something to be fetched. */
  forget(author: string): void {
    this.#arrivals.forget(author)
  }

  /** The batch was sealed and handed to the disk. */
  sealed(now: number): void {
    this.#writing = true
    this.#lastSeal = now
    this.#arrivals.sealed()
  }

  /** The last commit is durable, and its authors have their acks. */
  durable(now: number): void {
    this.#writing = false
    this.#arrivals.acked(now)
  }

  /** A timer that was due at `time` fired. */
  fired(time: number, now: number): void {
    this.#lag += (Math.max(0, now - time) - this.#lag) * NEWEST_LAG
  }

  /** When to seal the batch that is open. @param now ms @param sockets number of receivers of a commit */
  advise(now: number, sockets: number): Advice {
    if (this.#writing) return WAIT
    const due = this.#lastSeal + this.#interval(now, sockets)
    return due > now ? { type: 'at', time: due } : NOW
  }

  /**
   * Whether a frame of this author may be handled in the very event that brought it: nobody else is about to
   * submit, so there is nothing to collect until the end of the turn.
   */
  isAlone(author: string, now: number): boolean {
    if (this.#writing || this.#settings.commitIntervalMs !== null) return false
    return !isWorthWaiting(this.#arrivals.expected(now, this.#window, author))
  }

  /** Whether so many submissions are to be expected that commits follow each other closely. */
  isBusy(now: number): boolean {
    return isWorthWaiting(this.#arrivals.expected(now, this.#window))
  }

  /** Least ms since the last commit. */
  #interval(now: number, sockets: number): number {
    const { commitIntervalMs, framesPerSecond } = this.#settings
    const byFrames = (sockets * 1000) / framesPerSecond
    if (commitIntervalMs !== null) return Math.max(commitIntervalMs, byFrames)
    const frame = this.isBusy(now) ? this.#window : 0
    return Math.max(frame, byFrames)
  }

  get #window(): number {
    return windowMs(this.#lag)
  }
}

/** The window of a room, ms: one display frame, and longer by as much as its timers are late. */
export function windowMs(lagMs: number): number {
  return Math.min(FRAME_MS + lagMs, LONGEST_FRAME_MS)
}

/** Whether a batch would grow within the window: somebody's answer is due, or another submission likely. */
export function isWorthWaiting({ awaited, others }: { awaited: number; others: number }): boolean {
  return awaited > 0 || others >= 1
}
