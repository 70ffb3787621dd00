/**
 * Pace of submissions. Unlimited until the room warns that they come too fast; then slightly below what it
 * allows, until the connection ends. Edits made meanwhile compose.
 */
import { costOf } from '../../core/protocol/rates.ts'

/** Fraction of the allowed rate that is used, so that the room's bucket refills. */
const PART = 0.8

export class Pace {
  readonly #go: () => void
  #perSecond = Number.POSITIVE_INFINITY
  /** Unix ms of the next submission, at the earliest. */
  #next = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param go called when a submission may go out after `mayGo` was false */
  constructor(go: () => void) {
    this.#go = go
  }

  /** Whether a submission may go out now. If not, `go` is called later. */
  get mayGo(): boolean {
    const wait = this.#next - Date.now()
    if (wait <= 0) return true
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#go()
    }, wait)
    return false
  }

  /** A submission was sent. @param units UTF-16 units of its frame */
  sent(units: number): void {
    this.#next = Date.now() + (costOf(units) / this.#perSecond) * 1000
  }

  /** The room warned. @param perSecond the rate it allows */
  slow(perSecond: number): void {
    this.#perSecond = perSecond * PART
    this.#next = Date.now() + 1000 / this.#perSecond
  }

  /** New connection: the room counts from zero. */
  reset(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#perSecond = Number.POSITIVE_INFINITY
    this.#next = 0
  }
}
