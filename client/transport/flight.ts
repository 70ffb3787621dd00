/**
 * The submission in flight and its age. Reports once when an ack is overdue, and estimates how long an
 * answer may take while something large is ahead of it. It does not know the socket, and uses one timer for
 * any number of submissions.
 */

/** Time in ms for an ack, unless the submission is large. */
const ACK_MS = 4_000
/** Time in ms for a pong when nothing large is ahead of it. */
const PONG_MS = 5_000
/** Time in ms for a pong while texts or a welcome are arriving, which may be large. */
const LARGE_MS = 30_000
/** UTF-16 units that a slow network transmits per ms. */
const UNITS_PER_MS = 32

export class Flight {
  readonly #overdue: () => void
  /** Send time, Unix ms; null when nothing is in flight. */
  #since: number | null = null
  /** UTF-16 units of its frame. */
  #units = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #isOverdue = false

  /** @param overdue called when an ack is overdue */
  constructor(overdue: () => void) {
    this.#overdue = overdue
  }

  /** Whether `overdue` was called, and nothing was answered since. */
  get isOverdue(): boolean {
    return this.#isOverdue
  }

  begin(units: number): void {
    this.#since = Date.now()
    this.#units = units
    this.#timer ??= setTimeout(() => this.#check(), this.#ackMs)
  }

  /** It was answered, or the connection was lost. */
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

  /** Time in ms for a pong now. @param isLarge whether something large may be arriving */
  answerMs(isLarge: boolean): number {
    return (isLarge ? LARGE_MS : PONG_MS) + this.#units / UNITS_PER_MS
  }

  get #ackMs(): number {
    return ACK_MS + this.#units / UNITS_PER_MS
  }

  #check(): void {
    this.#timer = undefined
    if (this.#since === null) return
    const left = this.#since + this.#ackMs - Date.now()
    if (left > 0) this.#timer = setTimeout(() => this.#check(), left)
    else {
      this.#isOverdue = true
      this.#overdue()
    }
  }
}
