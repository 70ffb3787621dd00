/**
 * The time that each socket has to say hello. Nothing that is sent meanwhile extends it, and no timer is left behind: one
 * that waits keeps the object from sleeping.
 */
import type { RoomSocket, Session } from './sessions.ts'

interface Waiting {
  readonly session: Session
  readonly timer: ReturnType<typeof setTimeout>
}

export class HelloDeadlines {
  readonly #ms: number
  readonly #late: (session: Session) => void
  readonly #waiting = new Map<RoomSocket, Waiting>()

  /**
   * @param ms from the opening of a socket to its hello
   * @param late told of a session whose time is over
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

  /** Those who have said nothing yet, the oldest first. */
  *silent(): IterableIterator<Session> {
    // A hello whose past has to be fetched first was said.
    for (const { session } of this.#waiting.values()) if (session.waiting === null) yield session
  }

  /** The hello has come, or the socket is gone. */
  clear(socket: RoomSocket): void {
    const waiting = this.#waiting.get(socket)
    if (waiting === undefined) return
    clearTimeout(waiting.timer)
    this.#waiting.delete(socket)
  }
}
