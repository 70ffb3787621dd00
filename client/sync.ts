/**
 * Keeps a replica and its room in step: local changes are applied, emitted and sent; messages of the room
 * are applied, and emitted when they changed something. Invariant: when an event is emitted, everything the
 * application can read already agrees with it. It owns the parts of a room; what the application may do
 * with them is up to `LiveRoom`.
 *
 * Long because it is the one place where the parts of a room meet: each call is short, and says in which
 * order replica, events and channel learn of something.
 */
import { NORMAL } from '../core/protocol/codes.ts'
import type {
  ChatChange,
  Commit,
  PolicyChange,
  ServerMessage,
  TooFast,
  Welcome,
} from '../core/protocol/messages.ts'
import type { DesyncEffect, Effect, UnsyncedEffect } from '../core/replica/effects.ts'
import type { Replica } from '../core/replica/replica.ts'
import { Emitter } from './emitter.ts'
import { History } from './files/history.ts'
import { OpenFiles } from './files/open-files.ts'
import { leftOf, rejectionOf, unsyncedOf } from './files/rejections.ts'
import type { Persister } from './offline/persister.ts'
import { Chat, messageOf } from './people/chat.ts'
import { Following } from './people/following.ts'
import { People } from './people/people.ts'
import { OwnPresence } from './people/presence.ts'
import { RoomApi } from './room-api.ts'
import { checked, SdkError } from './sdk-error.ts'
import type { Start } from './start.ts'
import { Channel } from './transport/channel.ts'
import type { ConnectionTarget, Loss } from './transport/connection.ts'
import { ConnectionStatus } from './transport/connection-status.ts'
import { watchNetwork } from './transport/network-signs.ts'
import { within } from './transport/timers.ts'
import type { CloseOptions, RoomEvents } from './types.ts'

interface Ending {
  readonly isRefused: boolean
  /** Whether pending work is discarded rather than stored. */
  readonly discard: boolean
}

/** Time in ms for pending work to be sent and acked when the application closes a room. */
const CLOSE_MS = 2_000
const CLOSED_HERE: Loss = { code: NORMAL, reason: 'closed by this client', retry: false, isAnswer: false }

export class Sync {
  readonly replica: Replica
  readonly emitter = new Emitter<RoomEvents>(['unsynced', 'rejected', 'error'])
  readonly status: ConnectionStatus
  readonly channel: Channel
  readonly files: OpenFiles
  readonly people: People
  readonly presence: OwnPresence
  readonly following: Following
  readonly api: RoomApi
  readonly chat: Chat
  readonly history: History
  #persister: Persister | null
  /** User of the stored work, until the room has confirmed that it is this user; null when there is none. */
  #storedUser: string | null
  /** The token for which the room last confirmed the user; null before that. */
  confirmedToken: string | null = null
  #closing: Promise<void> | null = null
  /** Resolves when everything has stopped; null until the end begins. */
  #ended: Promise<void> | null = null
  /** Policy and role as last emitted, as JSON. */
  #lastPolicy = ''
  readonly #stopWatching: () => void

  constructor(target: ConnectionTarget, { replica, persist, unsynced, rejected = [], isResumed }: Start) {
    this.replica = replica
    this.#storedUser = isResumed ? replica.user : null
    this.status = new ConnectionStatus(
      () => replica.pending,
      (status) => this.emitter.emit('status', status),
    )
    for (const event of unsynced) this.emitter.emit('unsynced', event)
    for (const event of rejected) this.emitter.emit('rejected', event)
    this.#persister = persist === null ? null : persist(this)
    this.files = new OpenFiles(replica, this.status, (file) => this.channel.open(file), {
      edit: (file, op) => this.local(() => replica.drafts.edit(file, op, this.history.joins())),
      beforeEmit: ({ file, op }) => this.presence.follow(file, op),
    })
    this.history = new History(replica, this, this.emitter)
    this.people = new People(replica, this.files)
    this.following = new Following(replica, this.people, this.status, this.emitter)
    this.channel = new Channel(target, replica, {
      take: (message) => this.#handle(message),
      lost: (loss) => this.#lost(loss),
      failed: (error) => this.emitter.emit('error', error),
      changed: () => this.#changed(),
      overdue: (isOverdue) => this.#statusChanged(this.status.setOverdue(isOverdue)),
      alive: () => this.#statusChanged(this.status.setNetworkDown(false)),
    })
    this.api = new RoomApi(target.url, this.channel.tokens)
    this.chat = new Chat(this.api)
    this.#stopWatching = watchNetwork({
      online: () => {
        this.#statusChanged(this.status.setNetworkDown(false))
        this.channel.retry()
      },
      offline: () => {
        this.#statusChanged(this.status.setNetworkDown(true))
        // A room on the same machine may still be reachable.
        this.channel.probe()
      },
      shown: () => this.channel.check(),
    })
    this.presence = new OwnPresence(replica, {
      textOf: (file) => this.files.emittedText(file),
      send: (message) => this.channel.presence(message),
      isCaughtUp: () => this.channel.isCaughtUp,
      failed: (error) => this.emitter.emit('error', error),
    })
  }

  /** Whether files may be changed now; assumed until the first welcome. */
  get canEdit(): boolean {
    return !this.status.isOver && this.replica.rules.mayEdit
  }

  /** Starts storing the work of this room; if the room is over, releases the copy. */
  persist(persist: NonNullable<Start['persist']>): void {
    const persister = persist(this)
    if (this.#ended !== null) void persister.close(true)
    else {
      this.#persister = persister
      persister.changed()
    }
  }

  // ── from the application ────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Makes a local change of files: applies it, emits it, and sends it at the end of the turn.
   * @throws SdkError `forbidden`, why the room is over, or what is wrong with the change
   */
  local(change: () => Effect[]): Effect[] {
    if (this.status.isOver) throw this.status.error
    if (!this.canEdit) throw new SdkError('forbidden', 'You may look at this room, not change it.')
    const effects = checked(change)
    this.channel.submit()
    this.perform(effects)
    return effects
  }

  /**
   * Sends a change that the room decides about; nothing shows locally before.
   * @throws SdkError like `local`, except `forbidden`
   */
  propose(change: () => PolicyChange | ChatChange): void {
    if (this.status.isOver) throw this.status.error
    checked(() => this.replica.drafts.propose(change()))
    this.channel.submit()
  }

  /**
   * Ends the room for the application: sends pending work first, unless it is discarded. Returns the same
   * promise each time.
   */
  close({ discard = false }: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(discard)
    return this.#closing
  }

  async #close(discard: boolean): Promise<void> {
    if (!discard && this.#ended === null && this.replica.pending > 0) {
      this.status.closing(CLOSED_HERE)
      this.presence.stop()
      this.channel.check()
      await within(CLOSE_MS, this.status.settled(), 'no answer').catch(() => {})
    }
    return this.#finish(CLOSED_HERE, { isRefused: false, discard })
  }

  /** Ends at once: nothing is sent, and stored work stays stored. */
  leave(): Promise<void> {
    return this.#finish(CLOSED_HERE, { isRefused: false, discard: false })
  }

  // ── from the room ───────────────────────────────────────────────────────────────────────────────────────────────

  #handle(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#welcome(message)
        break
      case 'commit':
        this.#commit(message)
        break
      case 'text':
        this.perform(this.replica.receiveText(message.file, message.text))
        this.presence.schedule()
        // Positions in this file are known from now on.
        if (this.people.isAnybody) this.#peersChanged()
        break
      case 'presence':
        this.people.update(message)
        this.#peersChanged()
        break
      case 'ack':
        this.perform(this.replica.acked(message.n, message.seq))
        break
      case 'reject':
        this.perform(this.replica.rejected(message))
        break
      case 'auth':
        this.confirmedToken = this.channel.tokens.shown
        this.perform(this.replica.authenticated(message))
        break
      case 'error':
        if (message.code === 'too_fast') this.#slowDown(message)
        else if (message.code === 'presence_too_large')
          this.emitter.emit('error', new SdkError('presence_too_large', message.message))
        else if (message.code === 'text_unavailable') break
        else {
          if (message.code === 'text_lost') this.perform(this.replica.textLost(message.about))
          this.files.missing(message.about, message.message)
        }
        break
    }
  }

  /**
   * Moves all positions before emitting, so that listeners of a change find everybody where they are after
   * it.
   */
  #commit(commit: Commit): void {
    const effects = this.replica.receive(commit)
    this.presence.carry(commit)
    this.people.carry(commit)
    this.perform(effects)
    if (this.people.isAnybody && this.people.arePlaced) this.#peersChanged()
  }

  /** The room took the message but warns: slows down, and reports it to the application. */
  #slowDown({ about, perSecond, message }: TooFast): void {
    if (about === 'presence') this.presence.slow(perSecond)
    else if (about === 'chat') this.chat.slow(perSecond)
    this.emitter.emit('error', new SdkError('too_fast', message))
  }

  #welcome(message: Welcome): void {
    if (this.#storedUser !== null && this.#storedUser !== message.user) {
      const reason = 'the stored work belongs to another user'
      void this.#finish(
        { code: 4403, reason, retry: false, isAnswer: true },
        { isRefused: true, discard: false },
      )
      return
    }
    this.#storedUser = null
    this.confirmedToken = this.channel.tokens.shown
    this.status.connected()
    this.people.welcome(message)
    this.perform(this.replica.welcome(message))
    if (message.opening !== undefined) this.replica.open(message.opening)
    for (const file of this.replica.wanted) this.channel.open(file)
    this.chat.renew()
    this.presence.renew()
    this.#peersChanged()
  }

  #lost(loss: Loss): void {
    if (!loss.retry) {
      void this.#finish(loss, { isRefused: true, discard: false })
      return
    }
    this.people.lost()
    this.status.lost(loss)
    this.#peersChanged()
    this.#persister?.changed()
  }

  /** Ends it once; later callers wait for the same end. */
  #finish(loss: Loss, how: Ending): Promise<void> {
    if (this.#ended === null) {
      let done = () => {}
      this.#ended = new Promise((resolve) => {
        done = resolve
      })
      void this.#end(loss, how).finally(done)
    }
    return this.#ended
  }

  async #end(loss: Loss, { isRefused, discard }: Ending): Promise<void> {
    this.#stopWatching()
    this.channel.close()
    this.presence.stop()
    this.status.over(loss, isRefused)
    this.following.end()
    this.files.end(this.status.error)
    const kept = this.#persister !== null && (await this.#persister.close(discard))
    // Stored work is sent by the next `connect`. After a refusal there may be none, so it is handed back as
    // well.
    if (isRefused || !kept) this.#handBack(kept)
  }

  /** The room is over: hands unsent work back to the application. */
  #handBack(kept: boolean): void {
    const [rejection, texts] = leftOf(this.replica.left(), this.status.error.message, kept)
    for (const text of texts) this.emitter.emit('unsynced', text)
    if (rejection !== null) this.emitter.emit('rejected', rejection)
  }

  // ── to the application ──────────────────────────────────────────────────────────────────────────────────────────

  perform(effects: readonly Effect[]): void {
    // The replica has applied all effects already. Each is emitted against its own text, even if a listener
    // edits.
    for (const effect of effects) if (effect.type === 'text') this.files.changed(effect)
    for (const effect of effects) {
      if (effect.type === 'text') this.files.emit(effect)
      else if (effect.type === 'removed') this.files.gone(effect)
      else if (effect.type === 'stale') this.channel.open(effect.file)
      else if (effect.type === 'unsynced') this.#unsynced(effect)
      else if (effect.type === 'renumbered') this.#saveFirst()
      else if (effect.type === 'desync') this.#desync(effect)
      else if (effect.type === 'rejected') this.emitter.emit('rejected', rejectionOf(effect))
      else if (effect.type === 'chat') this.emitter.emit('chat', messageOf(effect))
    }
    this.files.arrived()
    if (effects.some(({ type }) => type === 'files')) this.emitter.emit('files', this.replica.files)
    if (effects.some(({ type }) => type === 'policy')) this.#policyChanged()
    this.history.report()
  }

  /** Each connection sends the policy; it is emitted only if it differs. */
  #policyChanged(): void {
    const { policy, role } = this.replica.rules
    const rules = JSON.stringify([policy, role])
    if (policy === null || rules === this.#lastPolicy) return
    this.#lastPolicy = rules
    this.emitter.emit('policy', policy)
  }

  /** The peers or their positions may have changed. */
  #peersChanged(): void {
    this.emitter.emit('peers', this.people.peers)
    this.following.update()
  }

  /** A text differs from the room's: reports it, as far as the user may, and requests the room's text. */
  #desync({ file, seq, report }: DesyncEffect): void {
    this.channel.report(report)
    this.channel.open(file)
    const message = `The text of ${this.replica.pathOf(file) ?? file} differed from the room's at seq ${seq}; it was replaced with the room's.`
    this.emitter.emit('error', new SdkError('desync', message))
  }

  #unsynced(effect: UnsyncedEffect): void {
    this.emitter.emit('unsynced', unsyncedOf(effect))
    this.#saveFirst()
  }

  /**
   * Holds submissions until the copy is saved: once higher numbers are sent, the room would take those of an
   * older copy for answered.
   */
  #saveFirst(): void {
    if (this.#persister !== null) this.channel.hold(this.#persister.saveNow())
  }

  #statusChanged(isChanged: boolean): void {
    if (isChanged) this.#changed()
  }

  #changed(): void {
    this.status.report()
    this.#persister?.changed()
  }
}
