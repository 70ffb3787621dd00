/**
 * What sessions send, on its way in: decoded, counted, and held while its session waits for something. Who sends too much
 * is warned once and then refused (docs/protocol.md, L1 to L3, L5 and L7). It decides nothing of what messages mean.
 */
import { CLOSE, type CloseReason, ProtocolError, SubmissionError } from '../core/protocol/codes.ts'
import { decodeClientMessage } from '../core/protocol/decode-client.ts'
import type { Limits } from '../core/protocol/limits.ts'
import type { ClientMessage, TooFast } from '../core/protocol/messages.ts'
import { kindOf, type RateKind, tokensOf } from '../core/protocol/rates.ts'
import { Buckets } from '../core/room/rate.ts'
import type { Session, Waiting } from './sessions.ts'

/** Frames of one session that may wait until what an earlier one needs is here: one for each file of a large room, and some. */
const MOST_WAITING = 10_000
const HELLO_FIRST = 'hello comes first, and once'

export class Inflow {
  readonly #limits: Limits
  readonly #warn: (session: Session, warning: TooFast) => void

  constructor(limits: Limits, warn: (session: Session, warning: TooFast) => void) {
    this.#limits = limits
    this.#warn = warn
  }

  /**
   * A frame as a message that its session may send.
   * @throws ProtocolError with the close code that it deserves; SubmissionError when only this submission is refused
   */
  take(session: Session, frame: string): ClientMessage {
    const isNew = session.identity === null
    const { helloUnits } = this.#limits
    if (isNew && frame.length > helloUnits)
      throw new ProtocolError(CLOSE.tooLarge, `before hello ${helloUnits} units may be sent`)
    let message: ClientMessage
    try {
      message = decodeClientMessage(frame, this.#limits)
    } catch (error) {
      if (!(error instanceof SubmissionError)) throw error
      if (isNew) throw new ProtocolError(CLOSE.badMessage, HELLO_FIRST)
      this.count(session, 'submit', tokensOf(frame.length))
      throw error
    }
    if ((message.type === 'hello') !== isNew) throw new ProtocolError(CLOSE.badMessage, HELLO_FIRST)
    this.count(session, kindOf(message.type), tokensOf(frame.length))
    const said = message.type === 'submit' ? message.changes.filter(({ type }) => type === 'chat').length : 0
    if (said > 0) this.count(session, 'chat', said)
    return message
  }

  /** Counts what a session costs. @throws ProtocolError when it goes on after a warning */
  count(session: Session, kind: RateKind, tokens: number): void {
    const { rates } = this.#limits
    const now = Date.now()
    session.buckets ??= new Buckets(rates, now)
    const verdict = session.buckets.take(kind, now, tokens)
    if (verdict === 'over') refuse(CLOSE.tooFast)
    if (verdict !== 'warn') return
    const { perSecond } = rates[kind]
    const message = `You send too much at once; here there is room for ${perSecond} a second.`
    this.#warn(session, { type: 'error', code: 'too_fast', about: kind, perSecond, message })
  }

  /** Puts a frame behind those that wait. @throws ProtocolError when that is too much */
  hold(waiting: Waiting, frame: string): void {
    waiting.units += frame.length
    const { frameUnits } = this.#limits
    if (waiting.frames.length >= MOST_WAITING || waiting.units > frameUnits) refuse(CLOSE.tooFast)
    waiting.frames.push(frame)
  }
}

/** @throws ProtocolError */
export function refuse(close: CloseReason): never {
  throw new ProtocolError(close, close.reason)
}
