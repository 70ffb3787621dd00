/**
 * The time that each socket has to say hello. Nothing that is sent meanwhile extends it, and no timer is left behind: one
 * that waits keeps the object from sleeping.
 */
import type { RoomSocket, Session } from './sessions.ts'

export class HelloDeadlines {
  readonly #ms: number
  readonly #late: (session: Session) => void
  readonly #timers = new Map<RoomSocket, ReturnType<typeof setTimeout>>()

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
      this.#timers.delete(session.socket)
      this.#late(session)
    }, this.#ms)
    this.#timers.set(session.socket, timer)
  }

  /** The hello has come, or the socket is gone. */
  clear(socket: RoomSocket): void {
    const timer = this.#timers.get(socket)
    if (timer === undefined) return
    clearTimeout(timer)
    this.#timers.delete(socket)
  }
}
