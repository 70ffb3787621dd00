/**
 * The deadline of each session for its hello. Other frames do not extend it. No timer is left running,
 * since a pending timer keeps the object from hibernating.
 */
import type { Session } from './session.ts'

interface Waiting {
  readonly session: Session
  readonly timer: ReturnType<typeof setTimeout>
}

export class HelloDeadlines {
  readonly #ms: number
  readonly #late: (session: Session) => void
  /** By id of the session. */
  readonly #waiting = new Map<string, Waiting>()

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
      this.#waiting.delete(session.id)
      this.#late(session)
    }, this.#ms)
    this.#waiting.set(session.id, { session, timer })
  }

  /** Sessions that have not said hello, oldest first. */
  *silent(): IterableIterator<Session> {
    // A hello that waits for a fetch has been said.
    for (const { session } of this.#waiting.values()) if (session.waiting === null) yield session
  }

  /** The hello of this session has arrived, or it is over. */
  clear(session: string): void {
    const waiting = this.#waiting.get(session)
    if (waiting === undefined) return
    clearTimeout(waiting.timer)
    this.#waiting.delete(session)
  }
}
