/**
 * Who is in a room: how a session says hello, presents a newer token, and ends. Invariants: nobody is
 * welcomed whom the policy keeps out, a client has one session at a time, and a session that ends is gone
 * from every part of the room at once. It knows no file and makes no commit.
 */
import type { Principal } from '../../auth/principal.ts'
import { isTaken } from '../../core/limits/connection-limits.ts'
import { refusalOf } from '../../core/model/admission.ts'
import { roleOf } from '../../core/model/policy.ts'
import type { Presence } from '../../core/model/presence.ts'
import { CLOSE, type CloseReason, ProtocolError, refuse, SubmissionError } from '../../core/protocol/codes.ts'
import type { ClientLimits } from '../../core/protocol/limits.ts'
import { type Auth, type Hello, PROTOCOL, type Role } from '../../core/protocol/messages.ts'
import type { Emit } from '../events/room-event.ts'
import type { LogReader } from '../journal/log.ts'
import type { Outbound } from '../sessions/outbound.ts'
import type { PresenceBroadcaster } from '../sessions/presence-broadcaster.ts'
import type { RateLimiter } from '../sessions/rate-limiter.ts'
import type { Sessions } from '../sessions/registry.ts'
import type { Session } from '../sessions/session.ts'
import type { CommitPipeline } from './commit-pipeline.ts'
import type { Tail } from './tail.ts'

/** The parts of a live room that its people and their messages act on. */
export interface RoomParts {
  readonly pipeline: CommitPipeline
  readonly sessions: Sessions
  readonly presence: Presence
  readonly broadcaster: PresenceBroadcaster
  readonly outbound: Outbound
  readonly limiter: RateLimiter
  readonly tail: Tail
  /** The deployment's limits that a client needs to know. */
  readonly limits: ClientLimits
  readonly emit: Emit
}

/** The principal a token identifies in this room, or the close reason if it is not accepted. */
export type Identify = (token: string) => Promise<Principal | CloseReason>

export class Attendance {
  readonly #parts: RoomParts
  readonly #identify: Identify

  constructor(parts: RoomParts, identify: Identify) {
    this.#parts = parts
    this.#identify = identify
    const { sessions, presence } = parts
    // Those who were here before the object slept.
    for (const { identity, sighting } of sessions.present())
      if (identity !== null) presence.restore(identity, sighting ?? { seq: 0, file: null, selections: [] })
  }

  /** @throws ProtocolError if the session may not use this client id, or speaks another protocol version */
  recognise(session: Session, message: Hello): void {
    const { pipeline, sessions } = this.#parts
    if (message.protocol !== PROTOCOL) {
      throw new ProtocolError(
        CLOSE.protocolTooOld,
        `this room speaks version ${PROTOCOL}, not ${message.protocol}`,
      )
    }
    const boundTo = pipeline.authority.client(message.client)?.user
    const heldBy = sessions.ofClient(message.client)?.principal.user
    if (isTaken(session.principal.user, boundTo, heldBy)) refuse(CLOSE.clientTaken)
  }

  /**
   * Welcomes a session, and brings it up to date.
   * @param log reads the commits it missed, with those that were fetched for it
   * @returns the file that it asked to open with its hello; null if there is none
   * @throws ProtocolError if it may not be here
   */
  hello(session: Session, message: Hello, log: LogReader): string | null {
    const { pipeline, sessions, presence, broadcaster, outbound, limiter, emit } = this.#parts
    this.recognise(session, message)
    this.#admit(session.principal)
    const older = sessions.ofClient(message.client)
    if (older !== undefined) this.leave(older, CLOSE.replaced)
    pipeline.seal()
    const identity = session.hello(message.client, message.lines === true)
    const role = this.#roleOf(session.principal)
    emit({ type: 'joined', who: session.who, role })
    presence.join(identity)
    const { authority } = pipeline
    const { room, epoch, seq } = pipeline.journal
    const missed = this.#missedBy(message, log)
    const at = log.committedAt(seq)
    const { files } = authority.state
    const opening = message.open === undefined ? null : (files.atPath(message.open)?.file ?? null)
    outbound.send(session, {
      type: 'welcome',
      protocol: PROTOCOL,
      room,
      epoch,
      seq,
      session: session.id,
      user: identity.user,
      name: identity.name,
      role,
      granted: identity.granted,
      expires: session.principal.expiresAt,
      policy: authority.state.policy,
      limits: this.#parts.limits,
      n: authority.client(message.client)?.n ?? 0,
      resumed: missed !== null,
      ...(at === null ? {} : { at }),
      files: missed === null ? files.list() : [],
      ...(opening === null ? {} : { opening }),
      peers: presence.others(session.id, (since) => authority.recentAfter(since)),
    })
    // Unlike a text, this was not requested: a client that does not read it is a slow reader.
    for (const body of missed ?? []) outbound.push(session, body)
    limiter.remind(session)
    broadcaster.schedule()
    return opening
  }

  /**
   * Replaces the token of a session with a newer one of the same user.
   * @throws ProtocolError if it is not accepted
   */
  async authenticate(session: Session, { token }: Auth): Promise<undefined> {
    const { sessions, presence, broadcaster, outbound, emit } = this.#parts
    const principal = await this.#identify(token).catch((error) => {
      emit({ type: 'failed', task: 'token', error })
      return CLOSE.tryAgain
    })
    if (!sessions.has(session)) return
    if ('code' in principal) throw new ProtocolError(principal, principal.reason)
    if (principal.user !== session.principal.user)
      throw new ProtocolError(CLOSE.forbidden, 'the new token belongs to another user')
    this.#admit(principal)
    session.renew(principal)
    if (session.identity !== null) presence.renew(session.identity)
    outbound.send(session, { type: 'auth', granted: principal.role, expires: principal.expiresAt })
    broadcaster.schedule()
    emit({ type: 'renewed', who: session.who, role: this.#roleOf(principal) })
  }

  /**
   * Ends a session, for whatever reason.
   * @param close what its socket is closed with; null if that is closed already
   * @param detail for the client, instead of the reason's own text
   */
  leave(session: Session, close: CloseReason | null, detail?: string): void {
    const { pipeline, sessions, presence, broadcaster, outbound, limiter, emit } = this.#parts
    if (close !== null) session.close(close, detail)
    outbound.forget(session)
    limiter.forget(session)
    if (!sessions.delete(session)) return
    if (session.identity !== null) {
      pipeline.forget(session.identity.client)
      presence.leave(session.id)
      broadcaster.schedule()
    }
    emit({ type: 'left', who: session.who, close, connections: sessions.size })
  }

  /** Answers an error of one session, which affects no other. */
  failed(session: Session, error: unknown): void {
    const { outbound, emit } = this.#parts
    if (error instanceof SubmissionError) {
      const { n, code, message } = error
      outbound.send(session, { type: 'reject', n, code, message })
      const { user, client } = session.who
      emit({ type: 'refused', user, client, code })
    } else if (error instanceof ProtocolError) this.leave(session, error.close, error.message)
    else {
      emit({ type: 'failed', task: 'session', error })
      this.leave(session, CLOSE.internal)
    }
  }

  /** Commit `seq` changed the policy: closes the sessions that lost access, and broadcasts the new roles. */
  ruled(seq: number): void {
    const { sessions, presence, broadcaster, limiter } = this.#parts
    limiter.ruled(seq)
    for (const session of sessions.all()) {
      try {
        this.#admit(session.principal)
      } catch (error) {
        this.failed(session, error)
      }
    }
    presence.ruled()
    broadcaster.schedule()
  }

  /** @throws ProtocolError if the principal may not be in this room */
  #admit(principal: Principal): void {
    const refusal = refusalOf(this.#parts.pipeline.authority.state.policy, principal)
    if (refusal !== null) refuse(refusal)
  }

  #roleOf({ user, role }: Principal): Role {
    return roleOf(this.#parts.pipeline.authority.state.policy, { user, role }) ?? 'viewer'
  }

  /**
   * The commits a client has missed, or null if it has to start afresh: they are gone, or its history is a
   * different one.
   */
  #missedBy({ since, epoch, at }: Hello, log: LogReader): readonly string[] | null {
    if (since === undefined || epoch !== this.#parts.pipeline.journal.epoch || since > log.seq) return null
    if (at !== undefined && log.committedAt(since) !== at) return null
    return this.#parts.tail.after(since, log)
  }
}
