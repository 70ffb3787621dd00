/**
 * What each client message does in a room. Usually everything it needs is local, and it is handled in the
 * event that brought it; texts or commits that only Postgres has are fetched first. Invariant: nothing is
 * fetched for a session before it is known that it may have it. Closing sessions and sending frames is not
 * decided here.
 */
import type { Principal } from '../../auth/principal.ts'
import type { Author } from '../../core/authority/authority.ts'
import { backoffMs } from '../../core/limits/backoff.ts'
import { isTaken } from '../../core/limits/connection-limits.ts'
import { refusalOf } from '../../core/model/admission.ts'
import { roleOf } from '../../core/model/policy.ts'
import type { Presence } from '../../core/model/presence.ts'
import { CLOSE, type CloseReason, ProtocolError } from '../../core/protocol/codes.ts'
import type { ClientLimits } from '../../core/protocol/limits.ts'
import {
  type Auth,
  type ClientMessage,
  type Desync,
  type Hello,
  type Open,
  PROTOCOL,
  type Role,
  type ServerMessage,
  type SetPresence,
  type Submit,
} from '../../core/protocol/messages.ts'
import { costOfAnswer, costOfArchive, costOfReading } from '../../core/protocol/rates.ts'
import type { StoredCommit } from '../../schema/store.ts'
import type { Emit, RoomEvent } from '../events/room-event.ts'
import { type Needs, TextLost } from '../journal/archive-loader.ts'
import type { LogReader } from '../journal/log.ts'
import type { Inbound } from '../sessions/inbound.ts'
import type { Outbound } from '../sessions/outbound.ts'
import type { PresenceBroadcaster } from '../sessions/presence-broadcaster.ts'
import { type RateLimiter, refuse } from '../sessions/rate-limiter.ts'
import type { Sessions } from '../sessions/registry.ts'
import type { Session } from '../sessions/session.ts'
import type { CommitPipeline } from './commit-pipeline.ts'
import { takeReport } from './desyncs.ts'
import type { Tail } from './tail.ts'

/** ms before a failed fetch is retried: at first, and at most. */
const RETRY_MS = 1_000
const RETRY_MOST_MS = 30_000

const TEXT_FAILURES = {
  text_unavailable:
    'The text cannot be read from the database right now; it will be sent as soon as possible.',
  text_lost: 'The database has lost the text of this file. Rename it, and create a new file at its path.',
} as const

const NOTHING: readonly StoredCommit[] = []

/** What handling a message may need from the surrounding object. */
export interface MessageContext {
  /** Calls back after `ms`. */
  later(ms: number, callback: () => void): void
  /** Runs async work. The room is not evicted meanwhile. */
  stay<T>(work: () => Promise<T>): Promise<T>
  /** The principal a token identifies, or the close reason if it is not accepted. */
  identify(token: string): Promise<Principal | CloseReason>
  /** Runs `work` in a transaction: its writes are kept or lost together. */
  atomically(work: () => void): void
}

/** The parts of a live room that messages act on. */
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

export class MessageHandler {
  readonly #parts: RoomParts
  readonly #context: MessageContext
  readonly #inbound: () => Inbound
  readonly #leave: (session: Session, close: CloseReason) => void
  /** Failed fetches waiting to be retried. */
  #retries = 0

  /** @param leave ends a session that was replaced by a newer one of the same client */
  constructor(
    parts: RoomParts,
    context: MessageContext,
    inbound: () => Inbound,
    leave: (session: Session, close: CloseReason) => void,
  ) {
    this.#parts = parts
    this.#context = context
    this.#inbound = inbound
    this.#leave = leave
  }

  /** Whether no fetch is waiting to be retried. */
  get isIdle(): boolean {
    return this.#retries === 0
  }

  /** Handles one message. Throws, or rejects, with a ProtocolError if its session must be closed. */
  handle(session: Session, message: ClientMessage): void | Promise<void> {
    // An answer waits until the client has read the previous ones.
    if (isQuestion(message) && session.isBehind) return this.#handleWhenRead(session, message)
    if (message.type === 'auth') return this.#authenticate(session, message)
    const needs = this.#needs(session, message)
    if (needs === null) return this.#take(session, message, NOTHING)
    if (message.type === 'hello') this.#recognise(session, message)
    if (message.type === 'open') {
      // The session's next messages are not held back, so that the texts of many files are fetched together.
      this.#openLater(session, message, needs).catch((error: unknown) =>
        this.#inbound().guard(session, () => {
          throw error
        }),
      )
      return
    }
    for (const { after, upTo } of needs.commits)
      this.#parts.limiter.count(session, 'request', costOfArchive(upTo - after))
    return this.#takeFetched(session, message, needs)
  }

  /** Sends a message to one session. */
  send(session: Session, message: ServerMessage): void {
    this.#parts.outbound.send(session, JSON.stringify(message))
  }

  #take(session: Session, message: ClientMessage, fetched: readonly StoredCommit[]): void {
    const log = this.#parts.pipeline.journal.log.with(fetched)
    if (message.type === 'submit') this.#submit(session, message, fetched)
    else if (message.type === 'presence') this.#moved(session, message)
    else if (message.type === 'open') this.#open(session, message.file)
    else if (message.type === 'blob') this.#blob(session, message.blob, log)
    else if (message.type === 'desync') this.#desync(session, message, log)
    else if (message.type === 'hello') this.#hello(session, message, log)
  }

  // ── fetching from Postgres ──────────────────────────────────────────────────────────────────────────────────────

  #needs(session: Session, message: ClientMessage): Needs | null {
    const { pipeline } = this.#parts
    if (message.type === 'submit') return pipeline.missing(authorOf(session), message)
    return pipeline.archive.needs(message, pipeline.authority.remembersFrom)
  }

  async #handleWhenRead(session: Session, message: ClientMessage): Promise<void> {
    await new Promise<void>((resolve) => this.#parts.outbound.whenRead(session, resolve))
    if (this.#parts.sessions.has(session)) await this.handle(session, message)
  }

  /**
   * Handles a message once what it needs is fetched. A submission that has to wait keeps its place in the
   * order.
   */
  async #takeFetched(session: Session, message: ClientMessage, first: Needs): Promise<void> {
    let needs: Needs | null = first
    for (let attempt = 0; ; attempt++) {
      const found = needs === null ? NOTHING : await this.#fetch(needs, attempt)
      if (!this.#parts.sessions.has(session)) return
      if (found instanceof Error) {
        if (message.type !== 'submit') refuse(CLOSE.tryAgain)
        if (found instanceof TextLost) {
          const { text_lost } = TEXT_FAILURES
          this.send(session, { type: 'reject', n: message.n, code: 'no_such_file', message: text_lost })
          return
        }
        await this.#pause(attempt)
        if (!this.#parts.sessions.has(session)) return
        needs = this.#needs(session, message)
      } else {
        this.#take(session, message, found)
        return
      }
    }
  }

  /**
   * Opens a file once its text is fetched. Repeated requests of a session for the same file are answered
   * once.
   */
  async #openLater(session: Session, message: Open, first: Needs): Promise<void> {
    const { file } = message
    if (session.opening.has(file)) return
    session.opening.add(file)
    let needs: Needs | null = first
    for (let attempt = 0; needs !== null; attempt++) {
      const found = await this.#fetch(needs, attempt)
      if (!(found instanceof Error)) break
      const isLost = found instanceof TextLost
      const code = isLost ? 'text_lost' : 'text_unavailable'
      if (attempt === 0 || isLost) {
        const failure = { type: 'error', code, about: file, message: TEXT_FAILURES[code] } as const
        this.#inbound().whenFree(session, () => this.send(session, failure))
      }
      if (isLost) {
        session.opening.delete(file)
        return
      }
      await this.#pause(attempt)
      if (!this.#parts.sessions.has(session)) return
      needs = this.#needs(session, message)
    }
    session.opening.delete(file)
    this.#inbound().again(session, message)
  }

  /** Fetches what a message needs, or returns the error. */
  async #fetch(needs: Needs, attempt: number): Promise<readonly StoredCommit[] | Error> {
    const { archive } = this.#parts.pipeline
    try {
      return await this.#context.stay(() => archive.bring(needs))
    } catch (error) {
      if (attempt === 0 || error instanceof TextLost)
        this.#parts.emit({ type: 'failed', task: 'fetch', error })
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  /**
   * Waits before a failed fetch is retried. It is retried here while the session stays open: a client that
   * was closed would reconnect at once and fetch everything again.
   */
  #pause(attempt: number): Promise<void> {
    this.#retries++
    const ms = backoffMs(RETRY_MS, RETRY_MOST_MS, attempt)
    return new Promise((resolve) =>
      this.#context.later(ms, () => {
        this.#retries--
        resolve()
      }),
    )
  }

  // ── identity ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Replaces the token of a session with a newer one of the same user. */
  async #authenticate(session: Session, { token }: Auth): Promise<void> {
    const { sessions, presence, broadcaster, emit } = this.#parts
    const principal = await this.#context
      .stay(() => this.#context.identify(token))
      .catch((error) => {
        emit({ type: 'failed', task: 'token', error })
        return CLOSE.tryAgain
      })
    if (!sessions.has(session)) return
    if ('code' in principal) throw new ProtocolError(principal, principal.reason)
    if (principal.user !== session.principal.user)
      throw new ProtocolError(CLOSE.forbidden, 'the new token belongs to another user')
    this.admit(principal)
    session.renew(principal)
    if (session.identity !== null) presence.renew(session.identity)
    this.send(session, { type: 'auth', granted: principal.role, expires: principal.expiresAt })
    broadcaster.schedule()
    emit({ type: 'renewed', who: session.who, role: this.#roleOf(principal) })
  }

  /** @throws ProtocolError if the principal may not be in this room */
  admit(principal: Principal): void {
    const refusal = refusalOf(this.#parts.pipeline.authority.state.policy, principal)
    if (refusal !== null) refuse(refusal)
  }

  #roleOf({ user, role }: Principal): Role {
    return roleOf(this.#parts.pipeline.authority.state.policy, { user, role }) ?? 'viewer'
  }

  /** @throws ProtocolError if the session may not use this client id, or speaks another protocol version */
  #recognise(session: Session, message: Hello): void {
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

  #hello(session: Session, message: Hello, log: LogReader): void {
    const { pipeline, sessions, presence, broadcaster, outbound, limiter, emit } = this.#parts
    this.#recognise(session, message)
    this.admit(session.principal)
    const older = sessions.ofClient(message.client)
    if (older !== undefined) this.#leave(older, CLOSE.replaced)
    pipeline.seal()
    const identity = session.hello(message.client)
    const role = this.#roleOf(session.principal)
    emit({ type: 'joined', who: session.who, role })
    presence.join(identity)
    const { authority } = pipeline
    const { room, epoch, seq } = pipeline.journal
    const { policy } = authority.state
    const missed = this.#missedBy(message, log)
    const at = log.committedAt(seq)
    this.send(session, {
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
      policy,
      limits: this.#parts.limits,
      n: authority.client(message.client)?.n ?? 0,
      resumed: missed !== null,
      ...(at === null ? {} : { at }),
      files: missed === null ? authority.state.files.list() : [],
      peers: presence.others(session.id, (since) => authority.recentAfter(since)),
    })
    // Unlike a text, this was not requested: a client that does not read it is a slow reader.
    for (const body of missed ?? []) outbound.push(session, body)
    limiter.remind(session)
    broadcaster.schedule()
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

  // ── messages of a session ───────────────────────────────────────────────────────────────────────────────────────

  #submit(session: Session, message: Submit, fetched: readonly StoredCommit[]): void {
    const { pipeline, limiter } = this.#parts
    const author = authorOf(session)
    const { n, base } = message
    const unread = pipeline.authority.remembersFrom - Math.max(base, pipeline.journal.tail)
    if (unread > 0 && pipeline.authority.judge(author, message) === null)
      limiter.count(session, 'request', costOfReading(unread))
    const outcome = pipeline.submit(author, message, fetched)
    if (outcome.type === 'reject')
      this.send(session, { type: 'reject', n, code: outcome.code, message: outcome.message })
    else if (outcome.type === 'ack') this.send(session, { type: 'ack', n, seq: outcome.seq })
    else if (outcome.type === 'resync') this.send(session, { type: 'resync' })
  }

  #open(session: Session, file: string): void {
    const text = this.#parts.pipeline.textOf(file)
    if (text !== null) this.#answer(session, text, text.text.length)
    else {
      const message = 'There is no such file; it may just have been removed.'
      this.send(session, { type: 'error', code: 'no_such_file', about: file, message })
    }
  }

  #blob(session: Session, blob: string, log: LogReader): void {
    const content = log.blob(blob)
    if (content !== null) this.#answer(session, { type: 'blob', blob, content }, content.length)
    else {
      const message = 'This content is no longer stored; open the file instead.'
      this.send(session, { type: 'error', code: 'no_such_blob', about: blob, message })
    }
  }

  #desync(session: Session, message: Desync, log: LogReader): void {
    const { emit, pipeline } = this.#parts
    const { journal, authority } = pipeline
    let event: RoomEvent | null = null
    this.#context.atomically(() => {
      event = takeReport(session, message, journal, log, authority.state, Date.now())
    })
    if (event !== null) emit(event)
  }

  #moved(session: Session, { type: _, ...sighting }: SetPresence): void {
    session.moved(sighting)
    this.#parts.presence.move(session.id, sighting)
    this.#parts.broadcaster.schedule()
  }

  /** Sends an answer, which costs by its size. */
  #answer(session: Session, message: ServerMessage, units: number): void {
    this.#parts.limiter.count(session, 'request', costOfAnswer(units))
    this.send(session, message)
  }
}

/** The author of what a session submits after its hello. */
function authorOf({ identity }: Session): Author {
  if (identity === null) refuse(CLOSE.badMessage)
  const { client, user, name, granted } = identity
  return { client, user, name, role: granted }
}

/** A message that is answered with content. */
function isQuestion({ type }: ClientMessage): boolean {
  return type === 'open' || type === 'blob'
}
