/**
 * Finds sessions to close although their socket is open: those whose token has expired, and those that have
 * been silent for too long, as after a lost network or a closed laptop. A session that is alone in its room
 * is not checked for silence: nobody sees its ghost.
 *
 * No timers, since a pending timer keeps the object from hibernating: `due` says when to check next, for the
 * object's alarm. An object that has just woken looks at once, since it does not know when it last did.
 */
import { isSilent, nextLook } from '../../core/limits/silence.ts'
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
  /** Whether this object has not looked since it woke. */
  #isNew: boolean
  /** When silence was last checked, or the object was made, Unix ms. */
  #looked: number
  /** When a message or a connection last came, as far as this object knows, Unix ms. */
  #active = 0

  /**
   * @param sessions those that survived hibernation
   * @param silenceMs a session silent for this long is gone; 0 for never
   * @param pingedAt when the platform last auto-answered a ping on a socket, Unix ms; 0 if never
   * @param now Unix ms
   */
  constructor(sessions: Sessions, silenceMs: number, pingedAt: (socket: RoomSocket) => number, now: number) {
    this.#sessions = sessions
    this.#silenceMs = silenceMs
    this.#pingedAt = pingedAt
    this.#looked = now
    this.#isNew = sessions.size > 0
  }

  /** Somebody connected. @param now Unix ms */
  connected(now: number): void {
    this.#active = now
  }

  /**
   * A message arrived. Returns whether it is time to look: a look while the room is awake costs nothing.
   * @param now Unix ms
   */
  heard(session: Session, now: number): boolean {
    this.#active = now
    session.hear(now, this.#silenceMs)
    return this.#looks && now >= this.#nextLook(now)
  }

  /**
   * When to call `gone` next, Unix ms; null while there is nothing to check.
   * @param committed when the last commit was made, Unix ms
   */
  due(committed: number): number | null {
    const active = Math.max(this.#active, committed)
    let due = this.#looks ? nextLook(this.#looked, active, this.#silenceMs) : Number.POSITIVE_INFINITY
    for (const { principal } of this.#sessions.all()) due = Math.min(due, principal.expiresAt ?? due)
    return Number.isFinite(due) ? due : null
  }

  /** The sessions to close now. */
  gone(now: number): Gone[] {
    const looks = this.#looks && now >= this.#nextLook(now)
    if (looks) {
      this.#looked = now
      this.#isNew = false
    }
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

  /** When to look in a room that is awake now. */
  #nextLook(now: number): number {
    return this.#isNew ? now : nextLook(this.#looked, now, this.#silenceMs)
  }

  #isSilent(session: Session, now: number): boolean {
    const pinged = this.#pingedAt(session.socket)
    if (isSilent(now, session.heardAt(pinged), this.#silenceMs)) return true
    session.noteHeard(pinged)
    return false
  }
}

/** @param now Unix ms */
export function isExpired({ principal }: Session, now: number): boolean {
  return principal.expiresAt !== null && principal.expiresAt <= now
}
