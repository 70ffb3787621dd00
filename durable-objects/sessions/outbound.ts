/**
 * Outgoing frames, and backpressure from clients that do not read: frames for them are queued, their
 * requests wait until they have read, and a client that falls too far behind or reads nothing at all is
 * closed. Others are not affected: a queued frame is the same string that everybody got.
 *
 * The platform has no event for a drained socket, so sockets are polled while anybody is behind.
 */
import type { Session } from './session.ts'

/** ms between two polls. */
const POLL_MS = 25

/** What Outbound needs from the room. */
export interface OutboundHost {
  later(ms: number, callback: () => void): void
  /** The session reads too slowly and has to be closed. */
  giveUp(session: Session): void
}

export class Outbound {
  readonly #sendQueueUnits: number
  readonly #host: OutboundHost
  /** Sessions that are behind, with what to do once they have caught up. */
  readonly #behind = new Map<Session, (() => void) | null>()
  #isPolling = false

  /** @param sendQueueUnits most UTF-16 units of broadcasts queued for one session; 0 for no limit */
  constructor(sendQueueUnits: number, host: OutboundHost) {
    this.#sendQueueUnits = sendQueueUnits
    this.#host = host
  }

  /** Sends what the session requested, which never counts as reading too slowly. */
  send(session: Session, frame: string): void {
    session.send(frame)
    if (session.isBehind) this.#schedulePoll(session)
  }

  /** Sends a broadcast. */
  push(session: Session, frame: string): void {
    session.push(frame)
    if (!session.isBehind) return
    if (this.#sendQueueUnits > 0 && session.queuedUnits > this.#sendQueueUnits) this.#host.giveUp(session)
    else this.#schedulePoll(session)
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
    this.#host.later(POLL_MS, () => this.#poll())
  }

  #poll(): void {
    const now = Date.now()
    this.#isPolling = false
    for (const [session, action] of [...this.#behind]) {
      if (!session.drain(now)) this.#host.giveUp(session)
      else if (session.isBehind) this.#schedulePoll(session)
      else {
        this.#behind.delete(session)
        action?.()
      }
    }
  }
}
