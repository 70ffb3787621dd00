/**
 * A room that is awake: its authority over its journal, its people, and the way from an accepted submission to everybody's
 * screen. The order is the promise: seal, append, broadcast, with no await between, so that the output gate lets a frame
 * out only when its row is durable. It decides nothing that the core can decide.
 */

import type { Person } from '../../auth/principal.ts'
import { API_CLIENT, type Author, Authority, type Outcome } from '../../core/authority/authority.ts'
import type { SealedCommit } from '../../core/authority/batch.ts'
import { type Advice, Pacer } from '../../core/authority/pacer.ts'
import { isTaken } from '../../core/limits/connection-limits.ts'
import { refusalOf } from '../../core/model/admission.ts'
import { mayEdit, roleOf } from '../../core/model/policy.ts'
import { Presence } from '../../core/model/presence.ts'
import { isPolicyChange } from '../../core/protocol/changes.ts'
import { CLOSE, ProtocolError } from '../../core/protocol/codes.ts'
import { type ClientLimits, clientLimits, LOADED_UNITS } from '../../core/protocol/limits.ts'
import {
  type Change,
  type ClientMessage,
  type Commit,
  type Hello,
  PROTOCOL,
  type ServerMessage,
  type SetPresence,
  type Submit,
  type TextMessage,
} from '../../core/protocol/messages.ts'
import { tokensOfAnswer, tokensOfReading } from '../../core/protocol/rates.ts'
import { type Archive, type Needs, Supply } from '../journal/archive-loader.ts'
import type { Journal } from '../journal/journal.ts'
import { type Desk, Reception, type ReceptionHost } from '../sessions/inbound.ts'
import { Delivery } from '../sessions/outbound.ts'
import { Announcer } from '../sessions/presence-broadcaster.ts'
import { Inflow, refuse } from '../sessions/rate-limiter.ts'
import type { Session, Sessions } from '../sessions/sessions.ts'
import type { Settings } from '../settings/settings.ts'
import { takeReport } from './desyncs.ts'
import { Tail } from './tail.ts'

/** What a live room asks of the object around it. */
export interface Host extends ReceptionHost {
  /** Texts and commits that the lasting copy alone may have; null when there is no lasting copy. */
  readonly archive: Archive | null
  /** What `work` writes is kept or lost together. */
  atomically(work: () => void): void
  /** Resolves when everything written so far is durable. */
  durable(): Promise<void>
  /** No commit could be made of what is in memory, or none written: memory is ahead of the journal and must go. */
  abort(reason: string): void
  /** Something was committed or somebody left: the flush may be due at another time. */
  changed(): void
  /** A session has said hello. */
  greeted(session: Session): void
  /** Frames were taken: sessions may be gone. */
  taken(): void
}

export class LiveRoom {
  readonly journal: Journal
  readonly authority: Authority
  readonly #supply: Supply
  readonly #inflow: Inflow
  readonly #sessions: Sessions
  readonly #presence: Presence
  readonly #pacer: Pacer
  readonly #delivery: Delivery
  readonly #reception: Reception
  readonly #announcer: Announcer
  readonly #tail: Tail
  readonly #host: Host
  /** The last commit that changed who may do what, of those that this object has made. */
  #ruledAt = 0
  /** What a client has to know of the deployment's limits. */
  readonly #limits: ClientLimits
  /** Why memory is ahead of the journal; null while it is not. */
  #failure: unknown = null

  constructor(journal: Journal, sessions: Sessions, settings: Settings, host: Host) {
    this.journal = journal
    this.#presence = new Presence(() => this.authority.state.policy)
    this.authority = new Authority(journal.load(), journal, settings.limits, (user) =>
      this.#presence.nameOf(user),
    )
    this.#supply = new Supply(journal, this.authority.state, host.archive, (work) => host.atomically(work))
    this.#inflow = new Inflow(settings.limits, {
      mayEdit: ({ person }) => mayEdit(roleOf(this.authority.state.policy, person)),
      ruledAt: () => this.#ruledAt,
      warn: (session, warning) => this.#send(session, warning),
    })
    this.#sessions = sessions
    this.#tail = new Tail(journal)
    this.#pacer = new Pacer(settings.pacer)
    this.#delivery = new Delivery(settings.limits.backlogUnits, {
      later: (ms, callback) => host.later(ms, callback),
      giveUp: (session) => this.#reception.guard(session, () => refuse(CLOSE.tooSlow)),
    })
    this.#host = host
    this.#limits = clientLimits(settings.limits)
    const parts = { sessions, inflow: this.#inflow, delivery: this.#delivery, supply: this.#supply }
    this.#reception = new Reception(parts, this.#desk, host)
    this.#announcer = new Announcer(this.#presence, {
      later: (ms, callback) => host.later(ms, callback),
      seq: () => journal.seq,
      commitsAfter: (seq) => this.authority.recentAfter(seq),
      broadcast: (frame) => this.#broadcast(frame),
    })
    for (const session of sessions.present()) {
      const { identity, sighting } = session
      if (identity !== null)
        this.#presence.restore(identity, sighting ?? { seq: 0, file: null, selections: [] })
    }
  }

  get people(): number {
    return [...this.#sessions.present()].length
  }

  /** Whether nothing is under way: everything that came is taken, and everything taken is committed. */
  get isIdle(): boolean {
    return this.#reception.isEmpty && !this.authority.hasBatch
  }

  // ── what sessions say ───────────────────────────────────────────────────────────────────────────────────────────

  /** One frame of a session, taken soon. */
  receive(session: Session, frame: unknown): void {
    this.#reception.receive(session, frame)
  }

  /** Takes what has arrived, now. A commit of it follows when the pacer says so. */
  takeArrived(): void {
    this.#reception.takeArrived()
  }

  get #desk(): Desk {
    return {
      name: this.journal.room,
      recognise: (session, hello) => this.#recognise(session, hello),
      needs: (session, message) => this.#needs(session, message),
      take: (session, message, archived) =>
        this.journal.withArchived(archived, () => this.#dispatch(session, message)),
      renew: (session, person) => this.#renew(session, person),
      reject: (session, n, code, message) => this.#send(session, { type: 'reject', n, code, message }),
      fail: (session, failure) => this.#send(session, failure),
      leave: (session) => this.leave(session),
      endTurn: () => this.#endTurn(),
    }
  }

  #needs(session: Session, message: ClientMessage): Needs | null {
    const needs = this.#supply.needs(message, this.authority.remembersFrom)
    // For what is refused or known anyway nothing is fetched.
    const isVain =
      message.type === 'submit' && needs !== null && this.authority.judge(authorOf(session), message)
    return isVain ? null : needs
  }

  #dispatch(session: Session, message: ClientMessage): void {
    this.#mustBeSound()
    if (message.type === 'submit') this.#submit(session, message)
    else if (message.type === 'presence') this.#moved(session, message)
    else if (message.type === 'open') this.#open(session, message.file)
    else if (message.type === 'blob') this.#blob(session, message.blob)
    else if (message.type === 'desync')
      this.#host.atomically(() =>
        takeReport(session, message, this.journal, this.authority.state, Date.now()),
      )
    else if (message.type === 'hello') this.#hello(session, message)
  }

  /** A newer token says who a session is. @throws ProtocolError where they may not be here */
  #renew(session: Session, person: Person): void {
    this.#admit(person)
    session.renew(person)
    if (session.identity !== null) this.#presence.renew(session.identity)
    this.#send(session, { type: 'auth', granted: person.role, expires: person.expiresAt })
    this.#announcer.schedule()
    this.#host.greeted(session)
  }

  /** @throws ProtocolError where somebody may not be here */
  #admit(person: Person): void {
    const refusal = refusalOf(this.authority.state.policy, person)
    if (refusal !== null) refuse(refusal)
  }

  /** Makes sure that a text can be read with `textOf`. @throws StoreError when it cannot be had */
  async prepareText(file: string): Promise<void> {
    const needs = this.#supply.needs({ type: 'open', file }, this.authority.remembersFrom)
    if (needs !== null) await this.#supply.bring(needs)
  }

  /** Whether somebody may be the client that they say they are. @throws ProtocolError when not */
  #recognise(session: Session, message: Hello): void {
    if (message.protocol !== PROTOCOL) {
      throw new ProtocolError(
        CLOSE.protocolTooOld,
        `this room speaks version ${PROTOCOL}, not ${message.protocol}`,
      )
    }
    const boundTo = this.authority.client(message.client)?.user
    const heldBy = this.#sessions.ofClient(message.client)?.person.user
    if (isTaken(session.person.user, boundTo, heldBy)) refuse(CLOSE.clientTaken)
  }

  #hello(session: Session, message: Hello): void {
    this.#recognise(session, message)
    this.#admit(session.person)
    const older = this.#sessions.ofClient(message.client)
    if (older !== undefined) {
      older.close(CLOSE.replaced)
      this.leave(older)
    }
    this.#seal()
    const identity = session.hello(message.client)
    this.#host.greeted(session)
    this.#presence.join(identity)
    const { epoch, seq } = this.journal
    const { policy } = this.authority.state
    const missed = this.#missedBy(message)
    const at = this.journal.committedAt(seq)
    this.#send(session, {
      type: 'welcome',
      protocol: PROTOCOL,
      room: this.journal.room,
      epoch,
      seq,
      session: session.id,
      user: identity.user,
      name: identity.name,
      role: roleOf(policy, { user: identity.user, role: identity.granted }) ?? 'viewer',
      granted: identity.granted,
      expires: session.person.expiresAt,
      policy,
      limits: this.#limits,
      n: this.authority.client(message.client)?.n ?? 0,
      resumed: missed !== null,
      ...(at === null ? {} : { at }),
      files: missed === null ? this.files() : [],
      peers: this.#presence.others(session.id, (since) => this.authority.recentAfter(since)),
    })
    // It was not asked for like a text: whoever reads none of it is a slow reader.
    for (const body of missed ?? []) this.#delivery.push(session, body)
    this.#inflow.remind(session)
    this.#announcer.schedule()
  }

  /** The commits that a client has not heard, or null where it has to start afresh: they are gone, or it has heard others. */
  #missedBy({ since, epoch, at }: Hello): readonly string[] | null {
    const { journal } = this
    if (since === undefined || epoch !== journal.epoch || since > journal.seq) return null
    if (at !== undefined && journal.committedAt(since) !== at) return null
    return this.#tail.after(since)
  }

  #submit(session: Session, message: Submit): void {
    const { identity } = session
    if (identity === null) return
    const unread = this.authority.remembersFrom - Math.max(message.base, this.journal.tail)
    if (unread > 0 && this.authority.judge(authorOf(session), message) === null)
      this.#inflow.count(session, 'request', tokensOfReading(unread))
    const outcome = this.authority.submit(authorOf(session), message, Date.now())
    const { n } = message
    if (outcome.type === 'reject') {
      this.#send(session, { type: 'reject', n, code: outcome.code, message: outcome.message })
    } else if (outcome.type === 'ack') {
      this.#send(session, { type: 'ack', n, seq: outcome.seq })
    } else if (outcome.type === 'resync') {
      this.#send(session, { type: 'resync' })
    } else if (this.authority.isFull) {
      this.#seal()
    }
  }

  /**
   * Submits changes for somebody who has no session, as the room's own API. Answers once the commit is durable, or why there is none.
   * Whatever was submitted before goes first.
   */
  async submitFor({ user, name, role }: Person, changes: readonly Change[]): Promise<Outcome> {
    this.sealNow()
    const author = { client: API_CLIENT, user, name, role }
    const message = { type: 'submit', n: 0, base: this.authority.state.seq, changes } as const
    const outcome = this.authority.submit(author, message, Date.now())
    this.#seal()
    await this.#host.durable()
    return outcome
  }

  #open(session: Session, file: string): void {
    const text = this.textOf(file)
    if (text !== null) this.#answer(session, text, text.text.length)
    else {
      const message = 'There is no such file; it may just have been removed.'
      this.#send(session, { type: 'error', code: 'no_such_file', about: file, message })
    }
  }

  #blob(session: Session, blob: string): void {
    const content = this.journal.blob(blob)
    if (content !== null) this.#answer(session, { type: 'blob', blob, content }, content.length)
    else {
      const message = 'This content is not kept any more; open the file instead.'
      this.#send(session, { type: 'error', code: 'no_such_blob', about: blob, message })
    }
  }

  #moved(session: Session, { type: _, ...sighting }: SetPresence): void {
    session.moved(sighting)
    this.#presence.move(session.id, sighting)
    this.#announcer.schedule()
  }

  /** The session's socket closed. What it sent before that counts. */
  closed(session: Session): void {
    this.takeArrived()
    this.leave(session)
  }

  /** The session is gone, by whatever way. */
  leave(session: Session): void {
    this.#delivery.forget(session)
    this.#inflow.forget(session)
    if (!this.#sessions.delete(session) || session.identity === null) return
    this.#presence.leave(session.id)
    this.#announcer.schedule()
    this.#host.changed()
  }

  // ── what others read ────────────────────────────────────────────────────────────────────────────────────────────

  files() {
    return [...this.authority.state.files.values()].map(({ file, path, revision }) => ({
      file,
      path,
      revision,
    }))
  }

  /** The text of a file as committed; null when there is no such file. */
  textOf(file: string): TextMessage | null {
    this.#seal()
    const record = this.authority.state.files.get(file)
    if (record === undefined) return null
    const text = this.authority.text(record).toString()
    this.#unload()
    return { type: 'text', file, seq: this.journal.seq, text }
  }

  // ── commit ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The object lets go of the room: whatever timer is left, nothing is written for it any more. */
  end(): void {
    this.#failure = new Error('the room was let go')
  }

  /** Takes what has arrived and commits it. */
  sealNow(): void {
    this.takeArrived()
    this.#seal()
  }

  /** Makes the open batch a commit and lets everybody have it. Presence goes ahead: it must not wait for the row. */
  #seal(): void {
    if (!this.authority.hasBatch) return
    const now = Date.now()
    this.#announcer.announce(now)
    const { whole, frame } = this.#write(now)
    this.#broadcast(frame)
    this.#tail.push(whole.seq, frame)
    this.#pacer.sealed(now)
    if (changesPolicy(whole)) this.#ruled(whole.seq)
    this.#host.durable().then(() => {
      this.#follow(this.#pacer.durable(Date.now(), this.#sessions.size, this.authority.hasBatch))
    })
    this.#host.changed()
    if (this.journal.wantsCheckpoint) this.#tryCheckpoint()
    this.#unload()
  }

  /** Lets go of texts that were not used for long, once they and all that was done to them are in the checkpoint. */
  #unload(): void {
    const { files } = this.authority.state
    if (files.loadedUnits <= LOADED_UNITS || this.authority.hasBatch) return
    this.#tryCheckpoint()
    // Further down than it has to be, so that this is rare.
    files.unload(LOADED_UNITS / 2, ({ revision }) => revision <= this.journal.checkpointSeq)
  }

  /**
   * From the moment that memory has moved on until the row is written nothing may fail but the object as a whole: its people resend
   * to the next one. Who goes on with memory that is ahead of the journal acks what is lost.
   */
  #write(now: number): { readonly whole: SealedCommit['whole']; readonly frame: string } {
    this.#mustBeSound()
    try {
      const sealed = this.authority.seal(now)
      const frame = JSON.stringify(sealed.commit)
      if (sealed.blobs.size === 0) this.journal.append(sealed, frame)
      else this.#host.atomically(() => this.journal.append(sealed, frame))
      return { whole: sealed.whole, frame }
    } catch (error) {
      this.#failure = error
      this.#host.abort(`the journal could not be written: ${String(error)}`)
      throw error
    }
  }

  /** The platform stops an object that gives up where it stands. Wherever it does not, nothing goes on here all the same. */
  #mustBeSound(): void {
    if (this.#failure !== null) throw this.#failure
  }

  /** The rules are others: who may not be here any more goes, and what everybody may do is told. */
  #ruled(seq: number): void {
    this.#ruledAt = seq
    for (const session of this.#sessions.all())
      this.#reception.guard(session, () => this.#admit(session.person))
    this.#presence.ruled()
    this.#announcer.schedule()
  }

  /** Brings the journal's checkpoint up to now. */
  checkpoint(): void {
    this.#seal()
    this.journal.checkpoint(this.authority.state, (work) => this.#host.atomically(work))
  }

  /** The commit that it follows is written and heard: that nobody's session may fail for it. The next commit tries again. */
  #tryCheckpoint(): void {
    try {
      this.checkpoint()
    } catch (error) {
      console.error(`room ${this.journal.room}: the checkpoint could not be written: ${String(error)}`)
    }
  }

  /** Frames were taken: what is in the batch becomes a commit, now or when the pacer says so. */
  #endTurn(): void {
    if (this.authority.hasBatch) {
      const advice = this.#pacer.submitted(Date.now(), this.#sessions.size)
      if (advice.type === 'turn') this.#seal()
      else this.#follow(advice)
    }
    this.#host.taken()
  }

  #follow(advice: Advice): void {
    if (advice.type === 'wait') return
    this.#host.later(advice.type === 'turn' ? 0 : Math.max(0, advice.time - Date.now()), () => this.sealNow())
  }

  #broadcast(frame: string): void {
    // One whose socket fails keeps nobody else from hearing it.
    for (const session of this.#sessions.present())
      this.#reception.guard(session, () => this.#delivery.push(session, frame))
  }

  /** Sends what was asked for, which counts by its size. */
  #answer(session: Session, message: ServerMessage, units: number): void {
    this.#inflow.count(session, 'request', tokensOfAnswer(units))
    this.#send(session, message)
  }

  #send(session: Session, message: ServerMessage): void {
    this.#delivery.send(session, JSON.stringify(message))
  }
}

/** Who submits over a session that has said hello. */
function authorOf({ identity }: Session): Author {
  if (identity === null) refuse(CLOSE.badMessage)
  const { client, user, name, granted } = identity
  return { client, user, name, role: granted }
}

/** Whether somebody's rights may be others now. An invitation changes nobody's who is here. */
function changesPolicy({ entries }: Commit): boolean {
  return entries.some(({ changes }) =>
    changes.some((change) => isPolicyChange(change) && change.type !== 'invite'),
  )
}
