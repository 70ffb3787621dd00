/**
 * Finds sessions to close although their socket is open: those whose token has expired, and those that have
 * been silent for too long, as after a lost network or a closed laptop. A session that is alone in its room
 * is not checked for silence: nobody sees its ghost.
 *
 * No timers, since a pending timer keeps the object from hibernating: `due` says when to check next, for the
 * object's alarm.
 */
import { CLOSE, type CloseReason } from '../../core/protocol/codes.ts'
import type { Sessions } from './registry.ts'
import type { RoomSocket, Session } from './session.ts'

export interface Gone {
  readonly session: Session
  readonly why: CloseReason
}

export class Liveness {
  readonly #sessions: Sessions
  readonly #silenceMs: number
  readonly #pingedAt: (socket: RoomSocket) => number
  /** When silence was last checked, Unix ms. */
  #looked: number

  /**
   * @param silenceMs a session silent for this long is gone; 0 for never
   * @param pingedAt when the platform last auto-answered a ping on a socket, Unix ms; 0 if never
   * @param now Unix ms
   */
  constructor(sessions: Sessions, silenceMs: number, pingedAt: (socket: RoomSocket) => number, now: number) {
    this.#sessions = sessions
    this.#silenceMs = silenceMs
    this.#pingedAt = pingedAt
    this.#looked = now
  }

  /** When to call `gone` next, Unix ms; null while there is nothing to check. */
  get due(): number | null {
    let due = this.#looks ? this.#looked + this.#silenceMs : Number.POSITIVE_INFINITY
    for (const { principal } of this.#sessions.all()) due = Math.min(due, principal.expiresAt ?? due)
    return Number.isFinite(due) ? due : null
  }

  /** The sessions to close now. */
  gone(now: number): Gone[] {
    const looks = this.#looks && now >= this.#looked + this.#silenceMs
    if (looks) this.#looked = now
    const gone: Gone[] = []
    for (const session of this.#sessions.all()) {
      if (isExpired(session, now)) gone.push({ session, why: CLOSE.expired })
      else if (looks && this.#isSilent(session, now)) gone.push({ session, why: CLOSE.silent })
    }
    return gone
  }

  get #looks(): boolean {
    return this.#silenceMs > 0 && this.#sessions.size > 1
  }

  #isSilent(session: Session, now: number): boolean {
    const pinged = this.#pingedAt(session.socket)
    if (now - session.heardAt(pinged) >= this.#silenceMs) return true
    session.noteHeard(pinged)
    return false
  }
}

/** @param now Unix ms */
export function isExpired({ principal }: Session, now: number): boolean {
  return principal.expiresAt !== null && principal.expiresAt <= now
}
