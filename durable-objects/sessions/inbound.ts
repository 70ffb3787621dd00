/**
 * The way of frames from sessions to the room: collected until the end of the turn, decoded, counted, and held while what an earlier one
 * of the same session needs is fetched. Invariant: the messages of one session are taken in their order, each with all that it needs
 * at hand, and whatever is wrong with a frame is its session's alone. What messages mean is the room's matter.
 */

import type { Person } from '../../auth/principal.ts'
import { CLOSE, type CloseReason, ProtocolError, SubmissionError } from '../../core/protocol/codes.ts'
import type { Auth, ClientMessage, Failure, Hello, Open, RejectCode } from '../../core/protocol/messages.ts'
import { tokensOfArchive } from '../../core/protocol/rates.ts'
import type { StoredCommit } from '../../schema/store.ts'
import { type Needs, type Supply, TextLost } from '../journal/archive-loader.ts'
import { isExpired } from './liveness.ts'
import type { Delivery } from './outbound.ts'
import { type Inflow, refuse } from './rate-limiter.ts'
import type { Session, Sessions, Waiting } from './sessions.ts'

/** What a reception asks of the object around the room. */
export interface ReceptionHost {
  /** Calls back after `ms`. A callback that waits keeps the object from sleeping; one of an object that is gone never comes. */
  later(ms: number, callback: () => void): void
  /** Does work that takes its time. The room is not let go meanwhile. */
  stay<T>(work: () => Promise<T>): Promise<T>
  /** Who a token says that somebody is, or why it says nothing. */
  identify(token: string): Promise<Person | CloseReason>
}

/** What a reception asks of the room. */
export interface Desk {
  readonly name: string
  /** Whether somebody may be the client that they say they are. @throws ProtocolError when not */
  recognise(session: Session, hello: Hello): void
  /** What has to be fetched before the message can be taken; null when all is here. */
  needs(session: Session, message: ClientMessage): Needs | null
  /** Takes a message that is not `auth`. @param archived commits that were fetched for it */
  take(session: Session, message: ClientMessage, archived: readonly StoredCommit[]): void
  /** A newer token of a session says who it is. */
  renew(session: Session, person: Person): void
  reject(session: Session, n: number, code: RejectCode, message: string): void
  /** What a session asked for cannot be had. */
  fail(session: Session, failure: Failure): void
  /** A session has to go. */
  leave(session: Session): void
  /** Frames were taken. */
  endTurn(): void
}

interface Arrival {
  readonly session: Session
  readonly frame: unknown
}

/** ms until what could not be fetched is tried again: the first time, and at most. */
const RETRY_MS = 1_000
const RETRY_MOST_MS = 30_000

const TEXT_FAILURES = {
  text_unavailable: 'The text cannot be read from the database just now; it comes as soon as it can.',
  text_lost:
    'The database has lost the text of this file. Give it another path, and create it again at this one.',
} as const

/** The parts of the room that a reception works with. */
export interface Parts {
  readonly sessions: Sessions
  readonly inflow: Inflow
  readonly delivery: Delivery
  readonly supply: Supply
}

export class Reception {
  readonly #parts: Parts
  readonly #desk: Desk
  readonly #host: ReceptionHost
  /** What came in this turn of the loop and is not taken yet, in its order. */
  #arrived: Arrival[] = []
  /** What could not be fetched, and is tried again later. */
  #retries = 0
  /** Whether the end of the turn is about to come. */
  #ends = false

  constructor(parts: Parts, desk: Desk, host: ReceptionHost) {
    this.#parts = parts
    this.#desk = desk
    this.#host = host
  }

  /** Whether nothing that came is still to be taken or tried again. */
  get isEmpty(): boolean {
    return this.#arrived.length === 0 && this.#retries === 0
  }

  /**
   * One frame of a session, to be taken at the end of this turn with all others: one by one, between the platform's own work, each
   * would find the caches cold and cost several times as much.
   */
  receive(session: Session, frame: unknown): void {
    if (this.#arrived.push({ session, frame }) === 1) this.#host.later(0, () => this.takeArrived())
  }

  /** Takes what has arrived, now. */
  takeArrived(): void {
    if (this.#arrived.length === 0) return
    const arrived = this.#arrived
    const now = Date.now()
    this.#arrived = []
    for (const { session } of arrived) session.hear(now)
    for (const { session, frame } of arrived) this.#take(session, frame)
    this.#desk.endTurn()
  }

  /** Does something for a session. Whatever goes wrong with it is that session's alone. */
  guard(session: Session, action: () => void): void {
    try {
      action()
    } catch (error) {
      if (error instanceof SubmissionError) {
        this.#desk.reject(session, error.n, error.code, error.message)
        return
      }
      const known = error instanceof ProtocolError
      if (!known)
        console.error(`room ${this.#desk.name}: ${error instanceof Error ? error.stack : String(error)}`)
      session.close(known ? error.close : CLOSE.internal, known ? error.message : CLOSE.internal.reason)
      this.#desk.leave(session)
    }
  }

  #take(session: Session, frame: unknown): void {
    if (!this.#parts.sessions.has(session)) return
    this.guard(session, () => {
      if (typeof frame !== 'string') throw new ProtocolError(CLOSE.badMessage, 'frames are text')
      if (session.waiting !== null) this.#parts.inflow.hold(session, session.waiting, frame)
      else this.#read(session, frame)
    })
  }

  #read(session: Session, frame: string): void {
    if (isExpired(session, Date.now())) refuse(CLOSE.expired)
    const message = this.#parts.inflow.take(session, frame)
    if (message === null) return
    // Before anything is fetched for somebody who may not have it.
    if (message.type === 'hello') this.#desk.recognise(session, message)
    this.#serve(session, message)
  }

  /** Takes a message when everything that it needs is here. An answer waits until those before it have been read. */
  #serve(session: Session, message: ClientMessage, attempt = 0): void {
    if (isQuestion(message) && session.isBehind) {
      session.waiting = newWaiting()
      this.#parts.delivery.whenRead(session, () => this.#resume(session, () => this.#serve(session, message)))
      return
    }
    if (message.type === 'auth') {
      void this.#authenticate(session, message)
      return
    }
    const needs = this.#desk.needs(session, message)
    if (needs === null) {
      this.#desk.take(session, message, [])
      return
    }
    if (message.type === 'open') {
      void this.#fetchText(session, message, needs, attempt)
      return
    }
    if (attempt === 0)
      for (const { after, upTo } of needs.commits)
        this.#parts.inflow.count(session, 'request', tokensOfArchive(upTo - after))
    void this.#fetch(session, message, needs, attempt)
  }

  /** Gets what a message needs and then takes it. What this session sends meanwhile waits; nobody else does. */
  async #fetch(session: Session, message: ClientMessage, needs: Needs, attempt: number): Promise<void> {
    session.waiting = newWaiting()
    let archived: readonly StoredCommit[] = []
    try {
      archived = await this.#host.stay(() => this.#parts.supply.bring(needs))
    } catch (error) {
      const isLost = this.#missed(error, attempt)
      if (message.type !== 'submit') this.#resume(session, () => refuse(CLOSE.tryAgain))
      else if (isLost)
        this.#resume(session, () =>
          this.#desk.reject(session, message.n, 'no_such_file', TEXT_FAILURES.text_lost),
        )
      // It keeps its place.
      else this.#later(attempt, () => this.#resume(session, () => this.#serve(session, message, attempt + 1)))
      return
    }
    this.#resume(session, () => this.#desk.take(session, message, archived))
  }

  /**
   * Gets the text of a file that is to be opened. What the session sends meanwhile passes it by, so that the texts of many files are
   * fetched together. A file that it has asked for already is answered once.
   */
  async #fetchText(session: Session, message: Open, needs: Needs, attempt: number): Promise<void> {
    const { file } = message
    if (session.opening.has(file)) return
    session.opening.add(file)
    try {
      await this.#host.stay(() => this.#parts.supply.bring(needs))
    } catch (error) {
      const code = this.#missed(error, attempt) ? 'text_lost' : 'text_unavailable'
      if (attempt === 0 || code === 'text_lost') {
        const failure = { type: 'error', code, about: file, message: TEXT_FAILURES[code] } as const
        this.#whenFree(session, () => this.#desk.fail(session, failure))
      }
      if (code === 'text_lost') session.opening.delete(file)
      else this.#later(attempt, () => this.#opened(session, message, attempt + 1))
      return
    }
    this.#opened(session, message, 0)
  }

  #opened(session: Session, message: Open, attempt: number): void {
    session.opening.delete(message.file)
    this.#whenFree(session, () => this.#serve(session, message, attempt))
  }

  /**
   * What a message needs could not be fetched. It is tried again here, as long as the session stays: a client that was sent away would
   * come back at once, and fetch everything once more. @returns whether it is lost, so that there is nothing to try
   */
  #missed(error: unknown, attempt: number): boolean {
    const isLost = error instanceof TextLost
    if (attempt === 0 || isLost)
      console.error(`room ${this.#desk.name} could not fetch what a client needs: ${String(error)}`)
    return isLost
  }

  #later(attempt: number, action: () => void): void {
    this.#retries++
    this.#host.later(Math.min(RETRY_MOST_MS, RETRY_MS * 2 ** Math.min(attempt, 10)), () => {
      this.#retries--
      action()
    })
  }

  /** A newer token of the same user takes the place of the one that the session came with. */
  async #authenticate(session: Session, { token }: Auth): Promise<void> {
    session.waiting = newWaiting()
    const person = await this.#host
      .stay(() => this.#host.identify(token))
      .catch((error) => {
        console.error(`room ${this.#desk.name} could not check a token: ${String(error)}`)
        return CLOSE.tryAgain
      })
    this.#resume(session, () => {
      if ('code' in person) throw new ProtocolError(person, person.reason)
      if (person.user !== session.person.user)
        throw new ProtocolError(CLOSE.forbidden, 'the new token is of another user')
      this.#desk.renew(session, person)
    })
  }

  /** What a session waited for is here. */
  #resume(session: Session, action: () => void): void {
    const { actions, frames } = session.waiting ?? newWaiting()
    session.waiting = null
    if (!this.#parts.sessions.has(session)) return
    this.guard(session, action)
    for (const other of actions) this.#whenFree(session, other)
    for (const frame of frames) this.#take(session, frame)
    this.#endSoon()
  }

  /** Does something for a session now or, where it waits for something, right after that. */
  #whenFree(session: Session, action: () => void): void {
    if (!this.#parts.sessions.has(session)) return
    if (session.waiting !== null) {
      session.waiting.actions.push(action)
      return
    }
    this.guard(session, action)
    this.#endSoon()
  }

  #endSoon(): void {
    if (this.#ends) return
    this.#ends = true
    this.#host.later(0, () => {
      this.#ends = false
      this.#desk.endTurn()
    })
  }
}

function newWaiting(): Waiting {
  return { actions: [], frames: [], units: 0 }
}

/** A message that is answered with what it asks for. */
function isQuestion({ type }: ClientMessage): boolean {
  return type === 'open' || type === 'blob'
}
