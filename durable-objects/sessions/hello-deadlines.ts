/**
 * The deadline of each socket for its hello. Other frames do not extend it. No timer is left running, since a
 * pending timer keeps the object from hibernating.
 */
import type { RoomSocket, Session } from './session.ts'

interface Waiting {
  readonly session: Session
  readonly timer: ReturnType<typeof setTimeout>
}

export class HelloDeadlines {
  readonly #ms: number
  readonly #late: (session: Session) => void
  readonly #waiting = new Map<RoomSocket, Waiting>()

  /**
   * @param ms from opening a socket to its hello
   * @param late called with a session that missed its deadline
   */
  constructor(ms: number, late: (session: Session) => void) {
    this.#ms = ms
    this.#late = late
  }

  expect(session: Session): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(session.socket)
      this.#late(session)
    }, this.#ms)
    this.#waiting.set(session.socket, { session, timer })
  }

  /** Sessions that have not said hello, oldest first. */
  *silent(): IterableIterator<Session> {
    // A hello that waits for a fetch has been said.
    for (const { session } of this.#waiting.values()) if (session.waiting === null) yield session
  }

  /** The hello has arrived, or the socket is gone. */
  clear(socket: RoomSocket): void {
    const waiting = this.#waiting.get(socket)
    if (waiting === undefined) return
    clearTimeout(waiting.timer)
    this.#waiting.delete(socket)
  }
}
