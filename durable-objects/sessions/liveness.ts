/**
 * Who has to go without having closed their socket: those whose token has expired, and those of whom nothing was heard for too long, as
 * after a lost network or a closed laptop. Who is alone sees no ghosts, and so is not looked after.
 *
 * No timer: one that waits keeps the object from sleeping. It says when it wants to be asked again, for the object's alarm.
 */
import { CLOSE, type CloseReason } from '../../core/protocol/codes.ts'
import type { RoomSocket, Session, Sessions } from './sessions.ts'

export interface Gone {
  readonly session: Session
  readonly why: CloseReason
}

export class Liveness {
  readonly #sessions: Sessions
  readonly #silenceMs: number
  readonly #pingedAt: (socket: RoomSocket) => number
  /** When it was last looked who is silent, in ms since the epoch of Unix. */
  #looked: number

  /**
   * @param silenceMs after which somebody who says nothing is gone; 0 for never
   * @param pingedAt when the platform last answered a ping of a socket, in ms since the epoch of Unix; 0 where it never did
   * @param now ms since the epoch of Unix
   */
  constructor(sessions: Sessions, silenceMs: number, pingedAt: (socket: RoomSocket) => number, now: number) {
    this.#sessions = sessions
    this.#silenceMs = silenceMs
    this.#pingedAt = pingedAt
    this.#looked = now
  }

  /** When to ask `gone` again, in ms since the epoch of Unix; null while there is nothing to look for. */
  get due(): number | null {
    let due = this.#looks ? this.#looked + this.#silenceMs : Number.POSITIVE_INFINITY
    for (const { person } of this.#sessions.all()) due = Math.min(due, person.expiresAt ?? due)
    return Number.isFinite(due) ? due : null
  }

  /** Who has to go now. */
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

/** @param now ms since the epoch of Unix */
export function isExpired({ person }: Session, now: number): boolean {
  return person.expiresAt !== null && person.expiresAt <= now
}
