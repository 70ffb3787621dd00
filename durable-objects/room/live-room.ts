/**
 * A room in memory: wires its parts together, and broadcasts to its sessions. It decides nothing that core
 * can decide; the pipeline makes commits, the message handler handles messages.
 */
import type { Principal } from '../../auth/principal.ts'
import type { Authority } from '../../core/authority/authority.ts'
import type { SealedCommit } from '../../core/authority/batch.ts'
import { mayEdit, roleOf } from '../../core/model/policy.ts'
import { Presence } from '../../core/model/presence.ts'
import { isPolicyChange } from '../../core/protocol/changes.ts'
import { CLOSE, type CloseReason, ProtocolError, SubmissionError } from '../../core/protocol/codes.ts'
import { clientLimits } from '../../core/protocol/limits.ts'
import type { Change, Commit, TextMessage } from '../../core/protocol/messages.ts'
import type { Emit } from '../events/room-event.ts'
import type { Archive } from '../journal/archive-loader.ts'
import type { Journal } from '../journal/journal.ts'
import { Inbound } from '../sessions/inbound.ts'
import { Outbound } from '../sessions/outbound.ts'
import { PresenceBroadcaster } from '../sessions/presence-broadcaster.ts'
import { RateLimiter, refuse } from '../sessions/rate-limiter.ts'
import type { Sessions } from '../sessions/registry.ts'
import type { Session } from '../sessions/session.ts'
import type { Settings } from '../settings/settings.ts'
import { type Audience, type CommitContext, CommitPipeline, type Landed } from './commit-pipeline.ts'
import { type MessageContext, MessageHandler } from './message-handler.ts'
import { Tail } from './tail.ts'

export class LiveRoom {
  readonly journal: Journal
  readonly #pipeline: CommitPipeline
  readonly #handler: MessageHandler
  readonly #inbound: Inbound
  readonly #outbound: Outbound
  readonly #limiter: RateLimiter
  readonly #sessions: Sessions
  readonly #presence: Presence
  readonly #broadcaster: PresenceBroadcaster
  readonly #tail = new Tail()
  readonly #emit: Emit
  /** The last commit made by this object that changed the policy. */
  #ruledAt = 0

  /** @param archive texts and commits that only Postgres may have; null without Postgres */
  constructor(
    journal: Journal,
    sessions: Sessions,
    settings: Settings,
    archive: Archive | null,
    context: CommitContext & MessageContext,
    emit: Emit,
  ) {
    const later = (ms: number, callback: () => void) => context.later(ms, callback)
    this.journal = journal
    this.#sessions = sessions
    this.#emit = emit
    this.#presence = new Presence(() => this.authority.state.policy)
    this.#pipeline = new CommitPipeline(journal, settings, archive, context, this.#audience, emit, (user) =>
      this.#presence.nameOf(user),
    )
    this.#limiter = new RateLimiter(settings.limits, {
      mayEdit: ({ principal }) => mayEdit(roleOf(this.authority.state.policy, principal)),
      ruledAt: () => this.#ruledAt,
      warn: (session, warning) => {
        this.#handler.send(session, warning)
        emit({ type: 'warned', who: session.who, about: warning.about })
      },
    })
    this.#outbound = new Outbound(settings.limits.sendQueueUnits, {
      later,
      giveUp: (session) => this.#inbound.guard(session, () => refuse(CLOSE.tooSlow)),
    })
    this.#broadcaster = new PresenceBroadcaster(this.#presence, {
      later,
      seq: () => journal.seq,
      commitsAfter: (seq) => this.authority.recentAfter(seq),
      broadcast: (frame) => {
        this.#broadcast(frame)
        emit({ type: 'presence', frame })
      },
    })
    this.#handler = new MessageHandler(
      {
        pipeline: this.#pipeline,
        sessions,
        presence: this.#presence,
        broadcaster: this.#broadcaster,
        outbound: this.#outbound,
        limiter: this.#limiter,
        tail: this.#tail,
        limits: clientLimits(settings.limits),
        emit,
      },
      context,
      () => this.#inbound,
      (session, close) => this.leave(session, close),
    )
    this.#inbound = new Inbound(sessions, this.#limiter, later, {
      handle: (session, message) => this.#handler.handle(session, message),
      failed: (session, error) => this.#failed(session, error),
      endTurn: () => this.#pipeline.endTurn(),
    })
    for (const { identity, sighting } of sessions.present())
      if (identity !== null)
        this.#presence.restore(identity, sighting ?? { seq: 0, file: null, selections: [] })
  }

  get authority(): Authority {
    return this.#pipeline.authority
  }

  get people(): number {
    return [...this.#sessions.present()].length
  }

  /** Whether nothing is under way: everything received is handled, and everything handled is committed. */
  get isIdle(): boolean {
    return this.#inbound.isEmpty && this.#handler.isIdle && !this.authority.hasBatch
  }

  // ── sessions ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** One frame of a session, handled at the end of the turn. */
  receive(session: Session, frame: unknown): void {
    this.#inbound.receive(session, frame)
  }

  /** Handles what has arrived, now. The resulting commit follows when the pacer says so. */
  takeArrived(): void {
    this.#inbound.takeArrived()
  }

  /** The session's socket closed. What it sent before that still counts. */
  closed(session: Session): void {
    this.takeArrived()
    this.leave(session, null)
  }

  /**
   * Ends a session, for whatever reason.
   * @param close what its socket is closed with; null if that is closed already
   * @param detail for the client, instead of the reason's own text
   */
  leave(session: Session, close: CloseReason | null, detail?: string): void {
    if (close !== null) session.close(close, detail)
    this.#outbound.forget(session)
    this.#limiter.forget(session)
    if (!this.#sessions.delete(session)) return
    if (session.identity !== null) {
      this.#presence.leave(session.id)
      this.#broadcaster.schedule()
    }
    this.#emit({ type: 'left', who: session.who, close, connections: this.#sessions.size })
  }

  /** An error of one session affects no other. */
  #failed(session: Session, error: unknown): void {
    if (error instanceof SubmissionError) {
      const { n, code, message } = error
      this.#handler.send(session, { type: 'reject', n, code, message })
      const { user, client } = session.who
      this.#emit({ type: 'refused', user, client, code })
      return
    }
    if (error instanceof ProtocolError) this.leave(session, error.close, error.message)
    else {
      this.#emit({ type: 'failed', task: 'session', error })
      this.leave(session, CLOSE.internal)
    }
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

  // ── broadcast ───────────────────────────────────────────────────────────────────────────────────────────────────

  get #audience(): Audience {
    const sessions = this.#sessions
    return {
      get size() {
        return sessions.size
      },
      collect: () => this.takeArrived(),
      // Presence is sent before the commit.
      beforeCommit: (now) => this.#broadcaster.announce(now),
      publish: (commit, frame) => this.#publish(commit, frame),
    }
  }

  #publish({ whole }: SealedCommit, frame: string): void {
    this.#broadcast(frame)
    this.#tail.push(whole.seq, frame)
    if (changesPolicy(whole)) this.#policyChanged(whole.seq)
  }

  /** Policy changed: close the sessions that lost access, and broadcast the new roles. */
  #policyChanged(seq: number): void {
    this.#ruledAt = seq
    for (const session of this.#sessions.all())
      this.#inbound.guard(session, () => this.#handler.admit(session.principal))
    this.#presence.ruled()
    this.#broadcaster.schedule()
  }

  #broadcast(frame: string): void {
    // A failing socket must not keep the others from receiving the frame.
    for (const session of this.#sessions.present())
      this.#inbound.guard(session, () => this.#outbound.push(session, frame))
  }
}

/** Whether the role of anybody connected may have changed. An invitation changes nobody's. */
function changesPolicy({ entries }: Commit): boolean {
  return entries.some(({ changes }) =>
    changes.some((change) => isPolicyChange(change) && change.type !== 'invite'),
  )
}
