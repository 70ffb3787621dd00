/**
 * The way in: frames of sessions, collected until the end of the turn, decoded and counted. Invariant: the messages of one session are
 * handled in their order, one after the other, and whatever is wrong with a frame is its session's alone. While a message takes its
 * time, what else its session sends is held; nobody else waits. What messages mean is not known here.
 */
import { CLOSE, ProtocolError } from '../../core/protocol/codes.ts'
import type { ClientMessage } from '../../core/protocol/messages.ts'
import { isExpired } from './liveness.ts'
import { type RateLimiter, refuse } from './rate-limiter.ts'
import type { Session, Sessions, Waiting } from './sessions.ts'

/** What becomes of what sessions send. */
export interface Handlers {
  /** Handles a message. What the session sends next waits until the promise settles, where there is one. */
  handle(session: Session, message: ClientMessage): void | Promise<void>
  /** Something went wrong with what a session sent, or with the session. */
  failed(session: Session, error: unknown): void
  /** Everything that had arrived is handled, or waits. */
  endTurn(): void
}

interface Arrival {
  readonly session: Session
  readonly frame: unknown
}

export class Inbound {
  readonly #sessions: Sessions
  readonly #limiter: RateLimiter
  readonly #later: (ms: number, callback: () => void) => void
  readonly #handlers: Handlers
  /** What came in this turn of the loop and is not taken yet, in its order. */
  #arrived: Arrival[] = []
  /** Whether the end of the turn is about to come. */
  #ends = false

  constructor(
    sessions: Sessions,
    limiter: RateLimiter,
    later: (ms: number, callback: () => void) => void,
    handlers: Handlers,
  ) {
    this.#sessions = sessions
    this.#limiter = limiter
    this.#later = later
    this.#handlers = handlers
  }

  /** Whether everything that has arrived is taken. */
  get isEmpty(): boolean {
    return this.#arrived.length === 0
  }

  /**
   * One frame of a session, to be taken at the end of this turn with all others: one by one, between the platform's own work, each
   * would find the caches cold and cost several times as much.
   */
  receive(session: Session, frame: unknown): void {
    if (this.#arrived.push({ session, frame }) === 1) this.#later(0, () => this.takeArrived())
  }

  /** Takes what has arrived, now. */
  takeArrived(): void {
    if (this.#arrived.length === 0) return
    const arrived = this.#arrived
    const now = Date.now()
    this.#arrived = []
    for (const { session } of arrived) session.hear(now)
    for (const { session, frame } of arrived) this.#take(session, frame)
    this.#handlers.endTurn()
  }

  /** Does something for a session. Whatever goes wrong with it is that session's alone. */
  guard(session: Session, action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#handlers.failed(session, error)
    }
  }

  /** Handles a message of a session that was read before, as soon as none of it is being handled. */
  again(session: Session, message: ClientMessage): void {
    this.whenFree(session, () => this.#handle(session, message))
  }

  /** Does something for a session now or, where a message of it is still being handled, right after that. */
  whenFree(session: Session, action: () => void): void {
    if (!this.#sessions.has(session)) return
    if (session.waiting !== null) {
      session.waiting.actions.push(action)
      return
    }
    this.guard(session, action)
    this.#endSoon()
  }

  #take(session: Session, frame: unknown): void {
    if (!this.#sessions.has(session)) return
    this.guard(session, () => {
      if (typeof frame !== 'string') throw new ProtocolError(CLOSE.badMessage, 'frames are text')
      if (session.waiting !== null) this.#limiter.hold(session, session.waiting, frame)
      else this.#read(session, frame)
    })
  }

  #read(session: Session, frame: string): void {
    if (isExpired(session, Date.now())) refuse(CLOSE.expired)
    const message = this.#limiter.take(session, frame)
    if (message !== null) this.#handle(session, message)
  }

  #handle(session: Session, message: ClientMessage): void {
    const work = this.#handlers.handle(session, message)
    if (work === undefined) return
    session.waiting = newWaiting()
    work.then(
      () => this.#goOn(session, null),
      (error: unknown) => this.#goOn(session, () => this.#handlers.failed(session, error)),
    )
  }

  /** The message that a session's frames waited for is handled. */
  #goOn(session: Session, failure: (() => void) | null): void {
    const { actions, frames } = session.waiting ?? newWaiting()
    session.waiting = null
    if (!this.#sessions.has(session)) return
    failure?.()
    for (const action of actions) this.whenFree(session, action)
    for (const frame of frames) this.#take(session, frame)
    this.#endSoon()
  }

  #endSoon(): void {
    if (this.#ends) return
    this.#ends = true
    this.#later(0, () => {
      this.#ends = false
      this.#handlers.endTurn()
    })
  }
}

function newWaiting(): Waiting {
  return { actions: [], frames: [], units: 0 }
}
