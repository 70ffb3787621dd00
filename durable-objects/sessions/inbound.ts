/**
 * Incoming frames: collected until the end of the turn, decoded and rate-limited. Invariant: the messages of
 * one session are handled in order, one at a time, and a bad frame affects only its own session. While a
 * message is being handled asynchronously, the later frames of its session are held back; other sessions do
 * not wait. It does not know what messages mean.
 */
import { CLOSE, ProtocolError, refuse } from '../../core/protocol/codes.ts'
import type { ClientMessage } from '../../core/protocol/messages.ts'
import { isExpired } from './liveness.ts'
import type { RateLimiter } from './rate-limiter.ts'
import type { Sessions } from './registry.ts'
import type { Session, Step, Waiting, Work } from './session.ts'

/** The consumer of messages. */
export interface Handlers {
  /** Handles a message; returns what is left to do for it. */
  handle(session: Session, message: ClientMessage): Work | undefined
  /** A frame of a session was invalid, or the session failed. */
  failed(session: Session, error: unknown): void
  /** Everything that had arrived is handled, or waiting. */
  endTurn(): void
  /** Whether no client but this one is about to submit. */
  isAlone(client: string): boolean
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
  /** Frames received in this turn and not handled yet, in order. */
  #arrived: Arrival[] = []
  /** Whether the end of the turn is scheduled. */
  #ends = false

  /** @param later calls back after ms */
  constructor(
    sessions: Sessions,
    limiter: RateLimiter,
    handlers: Handlers,
    later: (ms: number, callback: () => void) => void,
  ) {
    this.#sessions = sessions
    this.#limiter = limiter
    this.#later = later
    this.#handlers = handlers
  }

  /** Whether everything that arrived is handled. */
  get isEmpty(): boolean {
    return this.#arrived.length === 0
  }

  /**
   * Queues a frame for the end of this turn, to be handled together with all others: handled one by one,
   * between the platform's own work, each would run with cold caches and cost several times as much. Where no
   * others are to be expected, it is handled now: another turn of the loop would double the time of its ack.
   */
  receive(session: Session, frame: unknown): void {
    if (this.#arrived.push({ session, frame }) > 1) return
    const { identity } = session
    if (identity !== null && this.#handlers.isAlone(identity.client)) this.takeArrived()
    else this.#later(0, () => this.takeArrived())
  }

  /** Handles what has arrived, now. */
  takeArrived(): void {
    if (this.#arrived.length === 0) return
    const arrived = this.#arrived
    this.#arrived = []
    for (const { session, frame } of arrived) this.#take(session, frame)
    this.#handlers.endTurn()
  }

  /** Runs an action for a session; an error affects only that session. */
  #guard(session: Session, action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#handlers.failed(session, error)
    }
  }

  #take(session: Session, frame: unknown): void {
    if (!this.#sessions.has(session)) return
    this.#guard(session, () => {
      if (typeof frame !== 'string') throw new ProtocolError(CLOSE.badMessage, 'frames must be text')
      if (session.waiting !== null) this.#limiter.hold(session, session.waiting, frame)
      else this.#read(session, frame)
    })
  }

  #read(session: Session, frame: string): void {
    if (isExpired(session, Date.now())) refuse(CLOSE.expired)
    const message = this.#limiter.take(session, frame)
    if (message !== null) this.#finish(session, this.#handlers.handle(session, message))
  }

  /** Sees to what is left to do for a message. */
  #finish(session: Session, work: Work | undefined): void {
    if (work === undefined) return
    if (typeof work === 'function') {
      work((step) => this.#whenFree(session, step)).catch((error: unknown) =>
        this.#handlers.failed(session, error),
      )
      return
    }
    session.waiting = newWaiting()
    work.then(
      (beside) => {
        this.#finish(session, beside)
        this.#goOn(session, null)
      },
      (error: unknown) => this.#goOn(session, () => this.#handlers.failed(session, error)),
    )
  }

  /** Takes a step for a session now or, if a message of it is still being handled, right after that. */
  #whenFree(session: Session, step: Step): void {
    if (!this.#sessions.has(session)) return
    if (session.waiting !== null) {
      session.waiting.steps.push(step)
      return
    }
    this.#guard(session, () => this.#finish(session, step()))
    this.#endSoon()
  }

  /** The message that the session's frames were waiting for is handled. */
  #goOn(session: Session, failure: (() => void) | null): void {
    const { steps, frames } = session.waiting ?? newWaiting()
    session.waiting = null
    if (!this.#sessions.has(session)) return
    failure?.()
    for (const step of steps) this.#whenFree(session, step)
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
  return { steps: [], frames: [], units: 0 }
}
