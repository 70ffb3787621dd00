/**
 * A room in memory: wires its parts together, and does what follows from a commit. It decides nothing that
 * core can decide; the pipeline makes commits, the message handler handles messages.
 */
import type { Principal } from '../../auth/principal.ts'
import type { Authority } from '../../core/authority/authority.ts'
import { Presence } from '../../core/model/presence.ts'
import { isPolicyChange } from '../../core/protocol/changes.ts'
import type { CloseReason } from '../../core/protocol/codes.ts'
import { clientLimits } from '../../core/protocol/limits.ts'
import type { Change, Commit, TextMessage } from '../../core/protocol/messages.ts'
import type { Emit } from '../events/room-event.ts'
import type { Archive } from '../journal/archive-loader.ts'
import type { Journal } from '../journal/journal.ts'
import { Inbound } from '../sessions/inbound.ts'
import { Outbound } from '../sessions/outbound.ts'
import { PresenceBroadcaster } from '../sessions/presence-broadcaster.ts'
import { RateLimiter } from '../sessions/rate-limiter.ts'
import type { Sessions } from '../sessions/registry.ts'
import type { Session } from '../sessions/session.ts'
import type { Settings } from '../settings/settings.ts'
import { Attendance, type Identify, type RoomParts } from './attendance.ts'
import { type CommitContext, CommitPipeline, type Landed } from './commit-pipeline.ts'
import { type FetchContext, Fetcher } from './fetcher.ts'
import { MessageHandler } from './message-handler.ts'
import { Tail } from './tail.ts'

export class LiveRoom {
  readonly journal: Journal
  readonly inbound: Inbound
  readonly #pipeline: CommitPipeline
  readonly #attendance: Attendance
  readonly #fetcher: Fetcher
  readonly #outbound: Outbound
  readonly #sessions: Sessions
  readonly #presence: Presence
  readonly #broadcaster: PresenceBroadcaster
  readonly #tail = new Tail()

  /** @param archive texts and commits that only Postgres may have; null without Postgres */
  constructor(
    journal: Journal,
    sessions: Sessions,
    settings: Settings,
    archive: Archive | null,
    context: CommitContext & FetchContext & { readonly identify: Identify },
    emit: Emit,
  ) {
    this.journal = journal
    this.#sessions = sessions
    const later = (ms: number, callback: () => void) => context.later(ms, callback)
    this.#outbound = new Outbound(sessions, settings.limits.sendQueueUnits, later, (session, error) =>
      this.#attendance.failed(session, error),
    )
    this.#presence = new Presence(() => this.authority.state.policy)
    this.#pipeline = new CommitPipeline(
      journal,
      settings,
      archive,
      context,
      this.#outbound,
      {
        collect: () => this.takeArrived(),
        goesAlong: (now) => this.#broadcaster.take(now),
      },
      (event) => {
        if (event.type === 'committed') this.#committed(event.commit, event.frame)
        emit(event)
      },
      (user) => this.#presence.nameOf(user),
    )
    const { authority } = this.#pipeline
    this.#broadcaster = new PresenceBroadcaster(this.#presence, this.#pipeline, this.#outbound, later, emit)
    const limiter = new RateLimiter(settings.limits, authority.state, this.#outbound, emit)
    const parts: RoomParts = {
      pipeline: this.#pipeline,
      sessions,
      presence: this.#presence,
      broadcaster: this.#broadcaster,
      outbound: this.#outbound,
      limiter,
      tail: this.#tail,
      limits: clientLimits(settings.limits),
      emit,
    }
    this.#attendance = new Attendance(parts, (token) => context.stay(() => context.identify(token)))
    this.#fetcher = new Fetcher(this.#pipeline.archive, context, emit)
    const handler = new MessageHandler(parts, this.#attendance, this.#fetcher, (work) =>
      context.atomically(work),
    )
    this.inbound = new Inbound(sessions, limiter, handler, later)
  }

  get authority(): Authority {
    return this.#pipeline.authority
  }

  get people(): number {
    return [...this.#sessions.present()].length
  }

  /** Whether nothing is under way: everything received is handled, and everything handled is committed. */
  get isIdle(): boolean {
    return this.inbound.isEmpty && this.#fetcher.isIdle && !this.authority.hasBatch
  }

  // ── sessions ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Handles what has arrived, now. The resulting commit follows when the pacer says so. */
  takeArrived(): void {
    this.inbound.takeArrived()
  }

  /** The session's socket closed. What it sent before that still counts. */
  closed(session: Session): void {
    this.takeArrived()
    this.#attendance.leave(session, null)
  }

  /** Ends a session. @param close what its socket is closed with; null if that is closed already */
  leave(session: Session, close: CloseReason | null): void {
    this.#attendance.leave(session, close)
  }

  // ── reads and writes without a session ──────────────────────────────────────────────────────────────────────────

  files() {
    return this.authority.state.files.list()
  }

  /** Makes sure that `textOf` can read a text. @throws StoreError if it is unavailable */
  async prepareText(file: string): Promise<void> {
    const { archive, authority } = this.#pipeline
    const needs = archive.needs({ type: 'open', file }, authority.remembersFrom)
    if (needs !== null) await archive.bring(needs)
  }

  /** The committed text of a file; null if there is no such file. */
  textOf(file: string): TextMessage | null {
    return this.#pipeline.textOf(file)
  }

  /**
   * Commits changes of somebody without a session, after what sessions sent before. See
   * `CommitPipeline.commit`.
   */
  commit({ user, name, role }: Principal, changes: readonly Change[]): Promise<Landed> {
    this.takeArrived()
    return this.#pipeline.commit({ user, name, role }, changes)
  }

  /** Handles what has arrived, and commits it. */
  sealNow(): void {
    this.takeArrived()
    this.#pipeline.seal()
  }

  /** Moves the journal's checkpoint up to the last commit. */
  checkpoint(): void {
    this.#pipeline.checkpoint()
  }

  /** The room was evicted. */
  end(): void {
    this.#pipeline.end()
  }

  /** A commit was broadcast. */
  #committed(commit: Commit<Change>, frame: string): void {
    this.#tail.push(commit.seq, frame)
    if (changesPolicy(commit)) this.#attendance.ruled(commit.seq)
  }
}

/** Whether the role of anybody connected may have changed. An invitation changes nobody's. */
function changesPolicy({ entries }: Commit): boolean {
  return entries.some(({ changes }) =>
    changes.some((change) => isPolicyChange(change) && change.type !== 'invite'),
  )
}
