/**
 * What a connection has to be sent and is not handed to the platform yet, because the client has not read what was sent
 * before. The platform keeps whatever it is given until it is read, also that of a closed connection: so it is given little
 * at a time, and what waits here is gone the moment the connection is given up.
 *
 * Invariant: frames go out in the order they came. It counts what was pushed (commits, presence) apart from what the client
 * asked for: an answer, however large, makes nobody a slow reader.
 */

/** Bytes with the platform up to which it is given more: a frame beyond what a fast connection has under way. */
const UNREAD_BYTES = 1024 * 1024
/** ms without a sign of reading after which a connection that has something waiting is dead. */
const PATIENCE_MS = 60_000

interface Waiting {
  readonly frame: string
  readonly isPushed: boolean
}

export class SendQueue {
  #frames: Waiting[] = []
  #next = 0
  #pushedUnits = 0
  /** Bytes that were unread when somebody last looked, and the time in ms since when it is not less. */
  #unread = Number.POSITIVE_INFINITY
  #since = 0

  get isEmpty(): boolean {
    return this.#next === this.#frames.length
  }

  /** UTF-16 units of what was pushed and waits. */
  get pushedUnits(): number {
    return this.#pushedUnits
  }

  add(frame: string, isPushed: boolean): void {
    this.#frames.push({ frame, isPushed })
    if (isPushed) this.#pushedUnits += frame.length
  }

  /** Whether a frame may be handed to the platform. @param unread bytes that it holds already */
  static mayHand(unread: number): boolean {
    return unread < UNREAD_BYTES
  }

  /** The next frame to hand over, or null where none may be. @param unread bytes that the platform holds already */
  take(unread: number): string | null {
    const waiting = this.#frames[this.#next]
    if (waiting === undefined || !SendQueue.mayHand(unread)) return null
    this.#next++
    this.#unread = Number.POSITIVE_INFINITY
    if (waiting.isPushed) this.#pushedUnits -= waiting.frame.length
    // Now and then, so that letting go of what is sent costs little per frame.
    if (this.#next * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#next)
      this.#next = 0
    }
    return waiting.frame
  }

  /** Whether nothing was read for too long: nothing was handed over and no less is unread. To be asked now and then while something waits. @param unread bytes @param now ms */
  isStuck(unread: number, now: number): boolean {
    if (unread < this.#unread) this.#since = now
    this.#unread = unread
    return now - this.#since >= PATIENCE_MS
  }

  /** The connection is given up. */
  clear(): void {
    this.#frames = []
    this.#next = 0
    this.#pushedUnits = 0
  }
}
