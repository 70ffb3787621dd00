/**
 * Outgoing frames, and backpressure from clients that do not read: frames for them are queued, their
 * requests wait until they have read, and a client that falls too far behind or reads nothing at all is
 * closed. Others are not affected: a queued frame is the same string that everybody got.
 *
 * The platform has no event for a drained socket, so sockets are polled while anybody is behind.
 */
import { CLOSE, ProtocolError, refuse } from '../../core/protocol/codes.ts'
import type { ServerMessage } from '../../core/protocol/messages.ts'
import type { Sessions } from './registry.ts'
import type { Session } from './session.ts'

/** ms between two polls. */
const POLL_MS = 25

export class Outbound {
  readonly #sessions: Sessions
  readonly #sendQueueUnits: number
  readonly #later: (ms: number, callback: () => void) => void
  readonly #failed: (session: Session, error: unknown) => void
  /** Sessions that are behind, with what to do once they have caught up. */
  readonly #behind = new Map<Session, (() => void) | null>()
  #isPolling = false

  /**
   * @param sendQueueUnits most UTF-16 units of broadcasts queued for one session; 0 for no limit
   * @param later calls back after ms
   * @param failed called with a session that has to be closed, since it cannot be sent to
   */
  constructor(
    sessions: Sessions,
    sendQueueUnits: number,
    later: (ms: number, callback: () => void) => void,
    failed: (session: Session, error: unknown) => void,
  ) {
    this.#sessions = sessions
    this.#sendQueueUnits = sendQueueUnits
    this.#later = later
    this.#failed = failed
  }

  /** How many get a broadcast, or will once they have said hello. */
  get size(): number {
    return this.#sessions.size
  }

  /** Sends what the session requested, which never counts as reading too slowly. */
  send(session: Session, message: ServerMessage): void {
    session.send(JSON.stringify(message))
    if (session.isBehind) this.#schedulePoll(session)
  }

  /** Sends what the session did not request. @throws ProtocolError if it reads too slowly */
  push(session: Session, frame: string): void {
    session.push(frame)
    if (!session.isBehind) return
    if (this.#sendQueueUnits > 0 && session.queuedUnits > this.#sendQueueUnits) refuse(CLOSE.tooSlow)
    this.#schedulePoll(session)
  }

  /**
   * Sends a message to everybody. A failing socket does not keep the others from receiving it.
   * @param ahead another message, to be read before it: for most clients, in the same frame
   */
  broadcast(message: string, ahead: string | null = null): void {
    const both = ahead === null ? message : `${ahead}\n${message}`
    for (const session of this.#sessions.present()) {
      try {
        if (ahead !== null && !session.takesLines) {
          this.push(session, ahead)
          this.push(session, message)
        } else this.push(session, both)
      } catch (error) {
        this.#failed(session, error)
      }
    }
  }

  /**
   * Calls back once the session, which is behind, has read everything sent to it. One callback at a time.
   */
  whenRead(session: Session, action: () => void): void {
    this.#behind.set(session, action)
    this.#schedulePoll(session)
  }

  /** The session is over. */
  forget(session: Session): void {
    this.#behind.delete(session)
  }

  #schedulePoll(session: Session): void {
    if (!this.#behind.has(session)) this.#behind.set(session, null)
    if (this.#isPolling) return
    this.#isPolling = true
    this.#later(POLL_MS, () => this.#poll())
  }

  #poll(): void {
    const now = Date.now()
    this.#isPolling = false
    for (const [session, action] of [...this.#behind]) {
      if (!session.drain(now)) this.#failed(session, new ProtocolError(CLOSE.tooSlow, CLOSE.tooSlow.reason))
      else if (session.isBehind) this.#schedulePoll(session)
      else {
        this.#behind.delete(session)
        action?.()
      }
    }
  }
}
