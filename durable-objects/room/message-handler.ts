/**
 * What each client message does in a room. Usually everything it needs is local, and it is handled in the
 * event that brought it; texts or commits that only Postgres has are fetched first. Invariant: nothing is
 * fetched for a session before it is known that it may have it. Closing sessions and sending frames is not
 * decided here.
 */
import type { Author } from '../../core/authority/authority.ts'
import { CLOSE, refuse } from '../../core/protocol/codes.ts'
import type {
  ClientMessage,
  Desync,
  Hello,
  Open,
  ServerMessage,
  SetPresence,
  Submit,
} from '../../core/protocol/messages.ts'
import { costOfAnswer, costOfArchive, costOfReading } from '../../core/protocol/rates.ts'
import type { StoredCommit } from '../../schema/store.ts'
import type { RoomEvent } from '../events/room-event.ts'
import { type Needs, TextLost } from '../journal/archive-loader.ts'
import type { LogReader } from '../journal/log.ts'
import type { Handlers } from '../sessions/inbound.ts'
import type { Beside, Session, Step, Work } from '../sessions/session.ts'
import type { Attendance, RoomParts } from './attendance.ts'
import { takeReport } from './desyncs.ts'
import type { Fetcher } from './fetcher.ts'

const TEXT_FAILURES = {
  text_unavailable:
    'The text cannot be read from the database right now; it will be sent as soon as possible.',
  text_lost: 'The database has lost the text of this file. Rename it, and create a new file at its path.',
} as const

const NOTHING: readonly StoredCommit[] = []

export class MessageHandler implements Handlers {
  readonly #parts: RoomParts
  readonly #attendance: Attendance
  readonly #fetcher: Fetcher
  readonly #atomically: (work: () => void) => void

  /** @param atomically runs `work` in a transaction: its writes are kept or lost together */
  constructor(
    parts: RoomParts,
    attendance: Attendance,
    fetcher: Fetcher,
    atomically: (work: () => void) => void,
  ) {
    this.#parts = parts
    this.#attendance = attendance
    this.#fetcher = fetcher
    this.#atomically = atomically
  }

  /** Handles one message. Throws, or rejects, with a ProtocolError if its session must be closed. */
  handle(session: Session, message: ClientMessage): Work | undefined {
    // An answer waits until the client has read the previous ones.
    if (isQuestion(message) && session.isBehind) return this.#handleWhenRead(session, message)
    if (message.type === 'auth') return this.#attendance.authenticate(session, message)
    const needs = this.#needs(session, message)
    if (needs === null) return this.#take(session, message, NOTHING)
    if (message.type === 'hello') this.#attendance.recognise(session, message)
    // The session's next messages are not held back, so that the texts of many files are fetched together.
    if (message.type === 'open') return (take) => this.#openLater(session, message, needs, take)
    for (const { after, upTo } of needs.commits)
      this.#parts.limiter.count(session, 'request', costOfArchive(upTo - after))
    return this.#takeFetched(session, message, needs)
  }

  failed(session: Session, error: unknown): void {
    this.#attendance.failed(session, error)
  }

  endTurn(): void {
    this.#parts.pipeline.endTurn()
  }

  isAlone(client: string): boolean {
    return this.#parts.pipeline.isAlone(client)
  }

  #take(session: Session, message: ClientMessage, fetched: readonly StoredCommit[]): Work | undefined {
    const log = this.#parts.pipeline.journal.log.with(fetched)
    if (message.type === 'submit') this.#submit(session, message, fetched)
    else if (message.type === 'presence') this.#moved(session, message)
    else if (message.type === 'open') this.#open(session, message.file)
    else if (message.type === 'blob') this.#blob(session, message.blob, log)
    else if (message.type === 'desync') this.#desync(session, message, log)
    else if (message.type === 'hello') return this.#hello(session, message, log)
    return undefined
  }

  // ── fetching from Postgres ──────────────────────────────────────────────────────────────────────────────────────

  #needs(session: Session, message: ClientMessage): Needs | null {
    const { pipeline } = this.#parts
    if (message.type === 'submit') return pipeline.missing(authorOf(session), message)
    return pipeline.archive.needs(message, pipeline.authority.remembersFrom)
  }

  async #handleWhenRead(session: Session, message: ClientMessage): Promise<Beside | undefined> {
    await new Promise<void>((resolve) => this.#parts.outbound.whenRead(session, resolve))
    return this.#parts.sessions.has(session) ? this.handle(session, message) : undefined
  }

  /**
   * Handles a message once what it needs is fetched. A submission that has to wait keeps its place in the
   * order.
   */
  async #takeFetched(session: Session, message: ClientMessage, first: Needs): Promise<Beside | undefined> {
    const { sessions, outbound } = this.#parts
    let needs: Needs | null = first
    for (let attempt = 0; ; attempt++) {
      const found = needs === null ? NOTHING : await this.#fetcher.fetch(needs, attempt)
      if (!sessions.has(session)) return
      if (!(found instanceof Error)) return this.#take(session, message, found)
      if (message.type !== 'submit') refuse(CLOSE.tryAgain)
      if (found instanceof TextLost) {
        const { text_lost } = TEXT_FAILURES
        outbound.send(session, { type: 'reject', n: message.n, code: 'no_such_file', message: text_lost })
        return
      }
      await this.#fetcher.pause(attempt)
      if (!sessions.has(session)) return
      needs = this.#needs(session, message)
    }
  }

  /**
   * Opens a file once its text is fetched. Repeated requests of a session for the same file are answered
   * once.
   */
  async #openLater(session: Session, message: Open, first: Needs, take: (step: Step) => void): Promise<void> {
    const { sessions, outbound } = this.#parts
    const { file } = message
    if (session.opening.has(file)) return
    session.opening.add(file)
    let needs: Needs | null = first
    for (let attempt = 0; needs !== null; attempt++) {
      const found = await this.#fetcher.fetch(needs, attempt)
      if (!(found instanceof Error)) break
      const isLost = found instanceof TextLost
      const code = isLost ? 'text_lost' : 'text_unavailable'
      if (attempt === 0 || isLost) {
        const failure = { type: 'error', code, about: file, message: TEXT_FAILURES[code] } as const
        take(() => void outbound.send(session, failure))
      }
      if (isLost) {
        session.opening.delete(file)
        return
      }
      await this.#fetcher.pause(attempt)
      if (!sessions.has(session)) return
      needs = this.#needs(session, message)
    }
    session.opening.delete(file)
    take(() => this.handle(session, message))
  }

  // ── messages of a session ───────────────────────────────────────────────────────────────────────────────────────

  /** Welcomes a session, and opens the file that it asked for as if its next message did. */
  #hello(session: Session, message: Hello, log: LogReader): Work | undefined {
    const file = this.#attendance.hello(session, message, log)
    if (file === null) return undefined
    this.#parts.limiter.count(session, 'request', 1)
    return this.handle(session, { type: 'open', file })
  }

  #submit(session: Session, message: Submit, fetched: readonly StoredCommit[]): void {
    const { pipeline, limiter, outbound } = this.#parts
    const author = authorOf(session)
    const { n, base } = message
    const unread = pipeline.authority.remembersFrom - Math.max(base, pipeline.journal.tail)
    if (unread > 0 && pipeline.authority.judge(author, message) === null)
      limiter.count(session, 'request', costOfReading(unread))
    const outcome = pipeline.submit(author, message, fetched)
    if (outcome.type === 'reject')
      outbound.send(session, { type: 'reject', n, code: outcome.code, message: outcome.message })
    else if (outcome.type === 'ack') outbound.send(session, { type: 'ack', n, seq: outcome.seq })
    else if (outcome.type === 'resync') outbound.send(session, { type: 'resync' })
  }

  #open(session: Session, file: string): void {
    const text = this.#parts.pipeline.textOf(file)
    if (text !== null) this.#answer(session, text, text.text.length)
    else {
      const message = 'There is no such file; it may just have been removed.'
      this.#parts.outbound.send(session, { type: 'error', code: 'no_such_file', about: file, message })
    }
  }

  #blob(session: Session, blob: string, log: LogReader): void {
    const content = log.blob(blob)
    if (content !== null) this.#answer(session, { type: 'blob', blob, content }, content.length)
    else {
      const message = 'This content is no longer stored; open the file instead.'
      this.#parts.outbound.send(session, { type: 'error', code: 'no_such_blob', about: blob, message })
    }
  }

  #desync(session: Session, message: Desync, log: LogReader): void {
    const { emit, pipeline } = this.#parts
    const { journal, authority } = pipeline
    let event: RoomEvent | null = null
    this.#atomically(() => {
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
    this.#parts.outbound.send(session, message)
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
