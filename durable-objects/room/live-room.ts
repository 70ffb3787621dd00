/**
 * A room that is awake: its parts put together, its people, and what they get to see. It decides nothing that the core can decide;
 * how a commit is made is the pipeline's, what a message does the handler's.
 */
import type { Person } from '../../auth/principal.ts'
import type { Authority } from '../../core/authority/authority.ts'
import type { SealedCommit } from '../../core/authority/batch.ts'
import { mayEdit, roleOf } from '../../core/model/policy.ts'
import { Presence } from '../../core/model/presence.ts'
import { isPolicyChange } from '../../core/protocol/changes.ts'
import { CLOSE, ProtocolError, SubmissionError } from '../../core/protocol/codes.ts'
import { clientLimits } from '../../core/protocol/limits.ts'
import type { Change, Commit, TextMessage } from '../../core/protocol/messages.ts'
import type { Archive } from '../journal/archive-loader.ts'
import type { Journal } from '../journal/journal.ts'
import { Inbound } from '../sessions/inbound.ts'
import { Outbound } from '../sessions/outbound.ts'
import { PresenceBroadcaster } from '../sessions/presence-broadcaster.ts'
import { RateLimiter, refuse } from '../sessions/rate-limiter.ts'
import type { Session, Sessions } from '../sessions/sessions.ts'
import type { Settings } from '../settings/settings.ts'
import { type Audience, type CommitContext, CommitPipeline, type Landed } from './commit-pipeline.ts'
import type { Emit } from './events.ts'
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
  /** The last commit that changed who may do what, of those that this object has made. */
  #ruledAt = 0

  /** @param archive texts and commits that Postgres alone may have; null where there is no Postgres */
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
    this.#pipeline = new CommitPipeline(journal, settings, archive, context, this.#audience, (user) =>
      this.#presence.nameOf(user),
    )
    this.#limiter = new RateLimiter(settings.limits, {
      mayEdit: ({ person }) => mayEdit(roleOf(this.authority.state.policy, person)),
      ruledAt: () => this.#ruledAt,
      warn: (session, warning) => this.#handler.send(session, warning),
    })
    this.#outbound = new Outbound(settings.limits.sendQueueUnits, {
      later,
      giveUp: (session) => this.#inbound.guard(session, () => refuse(CLOSE.tooSlow)),
    })
    this.#broadcaster = new PresenceBroadcaster(this.#presence, {
      later,
      seq: () => journal.seq,
      commitsAfter: (seq) => this.authority.recentAfter(seq),
      broadcast: (frame) => this.#broadcast(frame),
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
      (session) => this.leave(session),
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

  /** Whether nothing is under way: everything that came is taken, and everything taken is committed. */
  get isIdle(): boolean {
    return this.#inbound.isEmpty && this.#handler.isIdle && !this.authority.hasBatch
  }

  // ── sessions ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** One frame of a session, taken soon. */
  receive(session: Session, frame: unknown): void {
    this.#inbound.receive(session, frame)
  }

  /** Takes what has arrived, now. A commit of it follows when the pacer says so. */
  takeArrived(): void {
    this.#inbound.takeArrived()
  }

  /** The session's socket closed. What it sent before that counts. */
  closed(session: Session): void {
    this.takeArrived()
    this.leave(session)
  }

  /** The session is gone, by whatever way. */
  leave(session: Session): void {
    this.#outbound.forget(session)
    this.#limiter.forget(session)
    if (!this.#sessions.delete(session)) return
    if (session.identity !== null) {
      this.#presence.leave(session.id)
      this.#broadcaster.schedule()
    }
    this.#emit({ type: 'left', session })
  }

  /** Whatever went wrong with a session is that session's alone. */
  #failed(session: Session, error: unknown): void {
    if (error instanceof SubmissionError) {
      this.#handler.send(session, { type: 'reject', n: error.n, code: error.code, message: error.message })
      return
    }
    const known = error instanceof ProtocolError
    if (!known)
      console.error(`room ${this.journal.room}: ${error instanceof Error ? error.stack : String(error)}`)
    session.close(known ? error.close : CLOSE.internal, known ? error.message : CLOSE.internal.reason)
    this.leave(session)
  }

  // ── what others read and change ─────────────────────────────────────────────────────────────────────────────────

  files() {
    return this.authority.state.files.list()
  }

  /** Makes sure that a text can be read with `textOf`. @throws StoreError when it cannot be had */
  async prepareText(file: string): Promise<void> {
    const { archive, authority } = this.#pipeline
    const needs = archive.needs({ type: 'open', file }, authority.remembersFrom)
    if (needs !== null) await archive.bring(needs)
  }

  /** The text of a file as committed; null when there is no such file. */
  textOf(file: string): TextMessage | null {
    return this.#pipeline.textOf(file)
  }

  /** Commits changes of somebody who has no session. What sessions sent before goes first. See `CommitPipeline.commit`. */
  commit({ user, name, role }: Person, changes: readonly Change[]): Promise<Landed> {
    this.takeArrived()
    return this.#pipeline.commit({ user, name, role }, changes)
  }

  /** Takes what has arrived and commits it. */
  sealNow(): void {
    this.takeArrived()
    this.#pipeline.seal()
  }

  /** Brings the journal's checkpoint up to now. */
  checkpoint(): void {
    this.#pipeline.checkpoint()
  }

  /** The object lets go of the room. */
  end(): void {
    this.#pipeline.end()
  }

  // ── what everybody gets ─────────────────────────────────────────────────────────────────────────────────────────

  get #audience(): Audience {
    const sessions = this.#sessions
    return {
      get size() {
        return sessions.size
      },
      collect: () => this.takeArrived(),
      // Presence goes ahead.
      beforeCommit: (now) => this.#broadcaster.announce(now),
      publish: (commit, frame) => this.#publish(commit, frame),
    }
  }

  #publish({ whole }: SealedCommit, frame: string): void {
    this.#broadcast(frame)
    this.#tail.push(whole.seq, frame)
    if (changesPolicy(whole)) this.#policyChanged(whole.seq)
    this.#emit({ type: 'committed', seq: whole.seq, units: frame.length })
  }

  /** Closes the sessions that lost access, and broadcasts the new roles. */
  #policyChanged(seq: number): void {
    this.#ruledAt = seq
    for (const session of this.#sessions.all())
      this.#inbound.guard(session, () => this.#handler.admit(session.person))
    this.#presence.ruled()
    this.#broadcaster.schedule()
  }

  #broadcast(frame: string): void {
    // One whose socket fails keeps nobody else from hearing it.
    for (const session of this.#sessions.present())
      this.#inbound.guard(session, () => this.#outbound.push(session, frame))
  }
}

/** Whether somebody's rights may be others now. An invitation changes nobody's who is here. */
function changesPolicy({ entries }: Commit): boolean {
  return entries.some(({ changes }) =>
    changes.some((change) => isPolicyChange(change) && change.type !== 'invite'),
  )
}
