/**
 * Decodes and rate-limits frames, and holds them while their session waits for a fetch. A user that sends
 * too much is warned once and then refused (docs/protocol.md, L1 to L3, L5 and L7). It decides nothing about
 * what messages mean.
 */

import { Accounts, type Meter } from '../../core/limits/accounts.ts'
import { mayEdit, roleOf } from '../../core/model/policy.ts'
import type { RoomState } from '../../core/model/state.ts'
import { CLOSE, PresenceError, ProtocolError, refuse, SubmissionError } from '../../core/protocol/codes.ts'
import { checkLength, decodeClientMessage } from '../../core/protocol/decode-client.ts'
import { frameUnitsOf, type Sender, submissionHead } from '../../core/protocol/frame-limits.ts'
import type { Limits, RateKind } from '../../core/protocol/limits.ts'
import type { ClientMessage, PresenceTooLarge, TooFast } from '../../core/protocol/messages.ts'
import { costOfAnswer, kindOf } from '../../core/protocol/rates.ts'
import type { Emit } from '../events/room-event.ts'
import type { Outbound } from './outbound.ts'
import type { Session, Waiting } from './session.ts'

/** Most frames of one session held during a fetch: one for each file of a large room, and some. */
const MOST_WAITING = 10_000
/**
 * Most UTF-16 units of them from a session that may not edit: small frames, one for each file of a large
 * room.
 */
const HELD_UNITS = 1024 * 1024
const HELLO_FIRST = 'hello must come first, and only once'

export class RateLimiter {
  readonly #limits: Limits
  readonly #accounts: Accounts
  readonly #state: RoomState
  readonly #outbound: Outbound
  readonly #emit: Emit
  /** The last commit made by this object that changed the policy; 0 for none. */
  #ruledAt = 0

  /** @param state whose policy says who may currently change files */
  constructor(limits: Limits, state: RoomState, outbound: Outbound, emit: Emit) {
    this.#limits = limits
    this.#accounts = new Accounts(limits)
    this.#state = state
    this.#outbound = outbound
    this.#emit = emit
  }

  /** Commit `seq` changed the policy. */
  ruled(seq: number): void {
    this.#ruledAt = seq
  }

  /**
   * Decodes a frame into a message that its session may send; null if it is dropped with a warning. The
   * length is checked and counted before anything in it is read.
   * @throws ProtocolError to close the session; SubmissionError if only this submission is refused
   */
  take(session: Session, frame: string): ClientMessage | null {
    const isNew = session.identity === null
    const sender = isNew ? 'stranger' : this.#senderOf(session)
    const late = sender === 'viewer' ? this.#lateSubmission(frame) : null
    if (late === null) checkLength(frame, frameUnitsOf(sender, this.#limits))
    const large = costOfAnswer(frame.length)
    if (large > 0) this.count(session, 'submit', large)
    if (late !== null) throw late
    let message: ClientMessage
    try {
      message = decodeClientMessage(frame, this.#limits, sender)
    } catch (error) {
      const isPresence = error instanceof PresenceError
      if (!isPresence && !(error instanceof SubmissionError)) throw error
      if (isNew) throw new ProtocolError(CLOSE.badMessage, HELLO_FIRST)
      this.count(session, isPresence ? 'presence' : 'submit', 1)
      if (!isPresence) throw error
      const { message } = error
      this.#warn(session, { type: 'error', code: 'presence_too_large', about: 'presence', message })
      return null
    }
    if ((message.type === 'hello') !== isNew) throw new ProtocolError(CLOSE.badMessage, HELLO_FIRST)
    this.count(session, kindOf(message.type), 1)
    if (message.type === 'submit' && message.changes.some(({ type }) => type === 'chat'))
      this.count(session, 'chat', 1)
    return message
  }

  /**
   * Charges a session for an operation, before it is done.
   * @throws ProtocolError if its user has exceeded the rate
   */
  count(session: Session, kind: RateKind, cost: number): void {
    const now = Date.now()
    const verdict = this.#meterOf(session, now).take(kind, now, cost)
    if (verdict === 'over') refuse(CLOSE.tooFast)
    if (verdict !== 'fine') this.#warn(session, warning(kind, verdict.perSecond))
  }

  /** Repeats to a session that was just welcomed the warnings its user got on earlier connections. */
  remind(session: Session): void {
    const now = Date.now()
    for (const { kind, perSecond } of this.#meterOf(session, now).warnings(now))
      this.#outbound.send(session, warning(kind, perSecond))
  }

  /** The session is over. What it has sent still counts against its user. */
  forget(session: Session): void {
    session.meter?.close()
    session.meter = null
  }

  #meterOf(session: Session, now: number): Meter {
    session.meter ??= this.#accounts.open(session.countedAs, session.principal.isGuest, now)
    return session.meter
  }

  /**
   * Queues a frame behind those of its session that wait.
   * @throws ProtocolError if it is too long, or they are too many
   */
  hold(session: Session, waiting: Waiting, frame: string): void {
    const sender = this.#senderOf(session)
    if (sender === 'editor' || this.#lateSubmission(frame) === null)
      checkLength(frame, frameUnitsOf(sender, this.#limits))
    waiting.units += frame.length
    const most = sender === 'editor' ? this.#limits.frameUnits : Math.min(this.#limits.frameUnits, HELD_UNITS)
    if (waiting.frames.length >= MOST_WAITING || waiting.units > most) refuse(CLOSE.tooFast)
    waiting.frames.push(frame)
  }

  /**
   * The error for a long submission that was under way when its sender lost the right to edit: that is no
   * violation, and it is refused without parsing it.
   */
  #lateSubmission(frame: string): SubmissionError | null {
    if (frame.length <= frameUnitsOf('viewer', this.#limits)) return null
    if (frame.length > frameUnitsOf('editor', this.#limits)) return null
    const head = submissionHead(frame)
    if (head === null || head.base >= this.#ruledAt) return null
    return new SubmissionError(head.n, 'forbidden', 'You may look at this room, not change it.')
  }

  #senderOf({ principal }: Session): Sender {
    return mayEdit(roleOf(this.#state.policy, principal)) ? 'editor' : 'viewer'
  }

  #warn(session: Session, warning: TooFast | PresenceTooLarge): void {
    this.#outbound.send(session, warning)
    this.#emit({ type: 'warned', who: session.who, about: warning.about })
  }
}

function warning(about: RateKind, perSecond: number): TooFast {
  const message = `You are sending too much at once; the limit is ${Number(perSecond.toPrecision(3))} a second.`
  return { type: 'error', code: 'too_fast', about, perSecond, message }
}
