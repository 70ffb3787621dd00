/**
 * How fast submissions go out once the room has said that they come too fast: a little slower than it allows, for as long as
 * that connection lasts. Meanwhile what is typed composes. Until then they go as fast as they are acked.
 */
import { costOf } from '../../core/protocol/rates.ts'

/** Part of what the room allows that is used, so that its bucket fills again. */
const PART = 0.8

export class Pace {
  readonly #go: () => void
  #perSecond = Number.POSITIVE_INFINITY
  /** ms since the epoch of Unix before which nothing goes out */
  #next = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** @param go called when the wait that `mayGo` spoke of is over */
  constructor(go: () => void) {
    this.#go = go
  }

  /** Whether a submission may go out now. Otherwise `go` is called when one may. */
  get mayGo(): boolean {
    const wait = this.#next - Date.now()
    if (wait <= 0) return true
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#go()
    }, wait)
    return false
  }

  /** A submission went out. @param units UTF-16 units of its frame */
  sent(units: number): void {
    this.#next = Date.now() + (costOf(units) / this.#perSecond) * 1000
  }

  /** The room warned. @param perSecond what it allows */
  slow(perSecond: number): void {
    this.#perSecond = perSecond * PART
    this.#next = Date.now() + 1000 / this.#perSecond
  }

  /** Another connection: nothing is counted there yet. */
  reset(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#perSecond = Number.POSITIVE_INFINITY
    this.#next = 0
  }
}
