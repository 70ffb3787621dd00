/**
 * Frames for a connection that are not handed to the platform yet, because the client has not read the
 * earlier ones. The platform buffers whatever it is given until it is read, even for a closed connection. So
 * it is given only a little at a time, and what waits here is freed as soon as the connection is given up.
 *
 * Invariant: frames are sent in the order they were added. Pushed frames (commits, presence) are counted
 * apart from answers to requests: an answer, however large, does not make a client a slow reader.
 */

/**
 * Bytes in the platform's buffer up to which it is given more: a frame beyond what a fast connection has in
 * flight.
 */
const UNREAD_BYTES = 1024 * 1024
/** ms without any progress after which a connection with waiting frames is considered dead. */
const PATIENCE_MS = 60_000

interface Waiting {
  readonly frame: string
  readonly isPushed: boolean
}

export class SendQueue {
  #frames: Waiting[] = []
  #next = 0
  #pushedUnits = 0
  /** Unread bytes at the last check, and since when (ms) they have not decreased. */
  #unread = Number.POSITIVE_INFINITY
  #since = 0

  get isEmpty(): boolean {
    return this.#next === this.#frames.length
  }

  /** UTF-16 units of waiting pushed frames. */
  get pushedUnits(): number {
    return this.#pushedUnits
  }

  add(frame: string, isPushed: boolean): void {
    this.#frames.push({ frame, isPushed })
    if (isPushed) this.#pushedUnits += frame.length
  }

  /** Whether a frame may be handed to the platform. @param unread bytes that it already holds */
  static mayHand(unread: number): boolean {
    return unread < UNREAD_BYTES
  }

  /**
   * The next frame to hand over, or null if there is none or it must wait.
   * @param unread bytes that the platform already holds
   */
  take(unread: number): string | null {
    const waiting = this.#frames[this.#next]
    if (waiting === undefined || !SendQueue.mayHand(unread)) return null
    this.#next++
    this.#unread = Number.POSITIVE_INFINITY
    if (waiting.isPushed) this.#pushedUnits -= waiting.frame.length
    // Only now and then, to keep the cost per frame low.
    if (this.#next * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#next)
      this.#next = 0
    }
    return waiting.frame
  }

  /**
   * Whether the client has read nothing for too long: nothing was handed over, and the unread bytes have not
   * decreased. Must be called periodically while frames wait.
   * @param unread bytes
   * @param now ms
   */
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
