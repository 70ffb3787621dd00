/**
 * The submission that is on its way, and how long it has been. It says so once when an ack is overdue, and reckons how long an answer
 * may take while something large is ahead of it. It knows no socket; one timer at most runs, whatever the number of submissions.
 */

/** ms within which a submission is acked, unless it is large. */
const ACK_MS = 4_000
/** ms within which a ping is answered when nothing large is ahead of it. */
const PONG_MS = 5_000
/** ms within which it is answered while texts or a welcome are on their way here: one of them may be large. */
const LARGE_MS = 30_000
/** UTF-16 units that a slow network carries in a ms. */
const UNITS_PER_MS = 32

export class Flight {
  readonly #overdue: () => void
  /** When it was sent, Unix ms; null when nothing is on its way. */
  #since: number | null = null
  /** UTF-16 units of its frame. */
  #units = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #isOverdue = false

  /** @param overdue called when no ack has come in time */
  constructor(overdue: () => void) {
    this.#overdue = overdue
  }

  /** Whether `overdue` was called, and nothing has been answered since. */
  get isOverdue(): boolean {
    return this.#isOverdue
  }

  begin(units: number): void {
    this.#since = Date.now()
    this.#units = units
    this.#timer ??= setTimeout(() => this.#look(), this.#ackMs)
  }

  /** It is answered, or the connection is gone. */
  end(): void {
    this.#since = null
    this.#isOverdue = false
    this.#units = 0
  }

  stop(): void {
    this.end()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** ms within which a ping is answered now. @param isLarge whether something large may be on its way here */
  answerMs(isLarge: boolean): number {
    return (isLarge ? LARGE_MS : PONG_MS) + this.#units / UNITS_PER_MS
  }

  get #ackMs(): number {
    return ACK_MS + this.#units / UNITS_PER_MS
  }

  #look(): void {
    this.#timer = undefined
    if (this.#since === null) return
    const left = this.#since + this.#ackMs - Date.now()
    if (left > 0) this.#timer = setTimeout(() => this.#look(), left)
    else {
      this.#isOverdue = true
      this.#overdue()
    }
  }
}
