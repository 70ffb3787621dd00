/**
 * The way of frames to sessions, and what becomes of those who do not read: what they are sent waits, what they ask for waits
 * until they have read, and who falls too far behind, or reads nothing at all, is given up. Nobody else notices: a frame that
 * waits is the same string that everybody got.
 *
 * The platform does not say when somebody has read, so it is asked now and then, as long as anybody is behind.
 */
import type { Session } from './sessions.ts'

/** ms between two looks at who has read. */
const LOOK_MS = 25

/** What a delivery asks of the room. */
export interface OutboundHost {
  later(ms: number, callback: () => void): void
  /** The session reads too slowly: it is to be closed. */
  giveUp(session: Session): void
}

export class Outbound {
  readonly #sendQueueUnits: number
  readonly #host: OutboundHost
  /** Who is behind, with what is to be done when they are not any more. */
  readonly #behind = new Map<Session, (() => void) | null>()
  #looks = false

  /** @param sendQueueUnits UTF-16 units of what others did that may wait for one session; 0 for no limit */
  constructor(sendQueueUnits: number, host: OutboundHost) {
    this.#sendQueueUnits = sendQueueUnits
    this.#host = host
  }

  /** Sends what the session asked for. It is never given up for that. */
  send(session: Session, frame: string): void {
    session.send(frame)
    if (session.isBehind) this.#watch(session)
  }

  /** Sends what others did. */
  push(session: Session, frame: string): void {
    session.push(frame)
    if (!session.isBehind) return
    if (this.#sendQueueUnits > 0 && session.backlog > this.#sendQueueUnits) this.#host.giveUp(session)
    else this.#watch(session)
  }

  /** Does something once the session, which is behind, has read what was sent to it. One thing at a time. */
  whenRead(session: Session, action: () => void): void {
    this.#behind.set(session, action)
    this.#watch(session)
  }

  /** The session is gone. */
  forget(session: Session): void {
    this.#behind.delete(session)
  }

  #watch(session: Session): void {
    if (!this.#behind.has(session)) this.#behind.set(session, null)
    if (this.#looks) return
    this.#looks = true
    this.#host.later(LOOK_MS, () => this.#look())
  }

  #look(): void {
    const now = Date.now()
    this.#looks = false
    for (const [session, action] of [...this.#behind]) {
      if (!session.drain(now)) this.#host.giveUp(session)
      else if (session.isBehind) this.#watch(session)
      else {
        this.#behind.delete(session)
        action?.()
      }
    }
  }
}
