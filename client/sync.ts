/**
 * Keeps a replica and its room in step: what is done here is applied, told and sent; what comes from the room is applied, and told when
 * it changed something. Invariant: what is told is so already, in all that the application can look at. It has the parts of a
 * room at hand; what an application may do with them is the room's own matter.
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
import { checked } from './checked.ts'
import { Emitter } from './emitter.ts'
import { History } from './files/history.ts'
import { OpenFiles } from './files/open-files.ts'
import { leftOf, rejectionOf, unsyncedOf } from './files/rejections.ts'
import type { Persister } from './offline/persister.ts'
import { persisterHost } from './offline/persister-host.ts'
import { Chat, messageOf } from './people/chat.ts'
import { Following } from './people/following.ts'
import { People } from './people/people.ts'
import { OwnPresence } from './people/presence.ts'
import { RoomApi } from './room-api.ts'
import { SdkError } from './sdk-error.ts'
import type { Start } from './start.ts'
import { Channel } from './transport/channel.ts'
import type { ConnectionTarget, Loss } from './transport/connection.ts'
import { ConnectionStatus } from './transport/connection-status.ts'
import { watchNetwork } from './transport/network-signs.ts'
import { within } from './transport/timers.ts'
import type { CloseOptions, RoomEvents } from './types.ts'

interface Ending {
  readonly isRefused: boolean
  /** Whether nothing is to be kept. */
  readonly discard: boolean
}

/** ms that what waits has to be sent and acked when the application closes a room. */
const CLOSE_MS = 2_000
const CLOSED_HERE: Loss = { code: NORMAL, reason: 'closed here', retry: false, isAnswer: false }

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
  /** Whose work an earlier life left here, until the room has said that it is ours; null for nobody's. */
  #keptBy: string | null
  /** The token that the room was shown when it last said who this is; null before that. */
  shown: string | null = null
  #closing: Promise<void> | null = null
  /** Resolves when nothing more happens here; null before the end. */
  #ended: Promise<void> | null = null
  /** Who may do what, as last told. */
  #rules = ''
  readonly #stopWatching: () => void

  constructor(target: ConnectionTarget, { replica, keep, unsynced, rejected = [], isKept }: Start) {
    this.replica = replica
    this.#keptBy = isKept ? replica.user : null
    this.status = new ConnectionStatus(
      () => replica.pending,
      (status) => this.emitter.emit('status', status),
    )
    for (const event of unsynced) this.emitter.emit('unsynced', event)
    for (const event of rejected) this.emitter.emit('rejected', event)
    this.#persister = keep === null ? null : keep(persisterHost(this))
    this.files = new OpenFiles(replica, {
      edit: (file, op) => this.local(() => replica.edit(file, op, this.history.joins())),
      telling: ({ file, op }) => this.presence.follow(file, op),
      ask: (file) => this.channel.open(file),
      over: () => (this.status.isOver ? this.status.error : null),
    })
    this.history = new History(replica, {
      mayEdit: () => this.canEdit,
      local: (change) => this.local(change),
      tell: () => this.emitter.emit('history'),
      failed: (error) => this.emitter.emit('error', error),
    })
    this.people = new People(replica, this.files)
    this.following = new Following({
      find: (user) => this.people.find(user),
      isConnected: () => this.status.isConnected,
      pathOf: (file) => replica.pathOf(file),
      tell: (followed) => this.emitter.emit('follow', followed),
    })
    this.channel = new Channel(target, replica, {
      take: (message) => this.#take(message),
      lost: (loss) => this.#lost(loss),
      failed: (error) => this.emitter.emit('error', error),
      moved: () => this.#moved(),
      overdue: (isOverdue) => this.#stands(this.status.overdue(isOverdue)),
      alive: () => this.#stands(this.status.dark(false)),
    })
    this.api = new RoomApi(target.url, this.channel.tokens)
    this.chat = new Chat(this.api)
    this.#stopWatching = watchNetwork({
      online: () => {
        this.#stands(this.status.dark(false))
        this.channel.retry()
      },
      offline: () => {
        this.#stands(this.status.dark(true))
        // A room on this very machine is there all the same.
        this.channel.probe()
      },
      shown: () => this.channel.check(),
    })
    this.presence = new OwnPresence(replica, {
      textOf: (file) => this.files.toldText(file),
      send: (message) => this.channel.presence(message),
      isCaughtUp: () => this.channel.isCaughtUp,
      failed: (error) => this.emitter.emit('error', error),
    })
  }

  /** Whether files may be changed here now. Nobody has said otherwise before the first welcome. */
  get canEdit(): boolean {
    return !this.status.isOver && this.replica.rules.mayEdit
  }

  /** From now on the work here is kept; where the room is over, what would keep it is let go of. */
  keep(keep: NonNullable<Start['keep']>): void {
    const persister = keep(persisterHost(this))
    if (this.#ended !== null) void persister.close(true)
    else {
      this.#persister = persister
      persister.changed()
    }
  }

  // ── from here ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** A change of files made here: applied, told, and sent at the end of the turn. @throws SdkError `forbidden`, why the room is over, or what is wrong with it */
  local(change: () => Effect[]): Effect[] {
    if (this.status.isOver) throw this.status.error
    if (!this.canEdit) throw new SdkError('forbidden', 'You may look at this room, not change it.')
    const effects = checked(change)
    this.channel.submit()
    this.perform(effects)
    return effects
  }

  /** Something that the room decides about: it shows nowhere before that. @throws SdkError as above, but for `forbidden` */
  propose(change: () => PolicyChange | ChatChange): void {
    if (this.status.isOver) throw this.status.error
    checked(() => this.replica.propose(change()))
    this.channel.submit()
  }

  /** The end, by the application's wish: with what waits sent first, unless it is to be discarded. The same promise each time. */
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

  /** The end, at once: nothing is sent, and what is kept stays kept. */
  leave(): Promise<void> {
    return this.#finish(CLOSED_HERE, { isRefused: false, discard: false })
  }

  // ── from the room ───────────────────────────────────────────────────────────────────────────────────────────────

  #take(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#greet(message)
        break
      case 'commit':
        this.#commit(message)
        break
      case 'text':
        this.perform(this.replica.receiveText(message.file, message.text))
        this.presence.schedule()
        // Positions in it can be told from now on.
        if (this.people.isAnybody) this.#seen()
        break
      case 'presence':
        this.people.update(message)
        this.#seen()
        break
      case 'ack':
        this.perform(this.replica.acked(message.n, message.seq))
        break
      case 'reject':
        this.perform(this.replica.rejected(message))
        break
      case 'auth':
        this.shown = this.channel.tokens.shown
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

  /** Whoever is told of a change finds everybody where they are after it. */
  #commit(commit: Commit): void {
    const effects = this.replica.receive(commit)
    this.presence.carry(commit)
    this.people.carry(commit)
    this.perform(effects)
    if (this.people.isAnybody && this.people.arePlaced) this.#seen()
  }

  /** What was sent is taken; what follows goes out more slowly, and the application learns of it. */
  #slowDown({ about, perSecond, message }: TooFast): void {
    if (about === 'presence') this.presence.slow(perSecond)
    else if (about === 'chat') this.chat.slow(perSecond)
    this.emitter.emit('error', new SdkError('too_fast', message))
  }

  #greet(message: Welcome): void {
    if (this.#keptBy !== null && this.#keptBy !== message.user) {
      const reason = 'the work that is kept here is another user’s'
      void this.#finish(
        { code: 4403, reason, retry: false, isAnswer: true },
        { isRefused: true, discard: false },
      )
      return
    }
    this.#keptBy = null
    this.shown = this.channel.tokens.shown
    this.status.connected()
    this.people.greet(message)
    this.perform(this.replica.welcome(message))
    for (const file of this.replica.wanted) this.channel.open(file)
    this.chat.renew()
    this.presence.renew()
    this.#seen()
  }

  #lost(loss: Loss): void {
    if (!loss.retry) {
      void this.#finish(loss, { isRefused: true, discard: false })
      return
    }
    this.people.lost()
    this.status.lost(loss)
    this.#seen()
    this.#persister?.changed()
  }

  /** Ends it, once, whoever asks for that while it ends. */
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
    // What the next life of this client sends is not lost, unless nobody can say that there is one.
    if (isRefused || !kept) this.#handBack(kept)
  }

  /** The room is over: what it has not got goes to the application. */
  #handBack(kept: boolean): void {
    const [rejection, texts] = leftOf(this.replica.left(), this.status.error.message, kept)
    for (const text of texts) this.emitter.emit('unsynced', text)
    if (rejection !== null) this.emitter.emit('rejected', rejection)
  }

  // ── to the application ──────────────────────────────────────────────────────────────────────────────────────────

  perform(effects: readonly Effect[]): void {
    // All of it has happened already. Each is told on the text that it speaks of, also to whoever edits meanwhile.
    for (const effect of effects) if (effect.type === 'text') this.files.changed(effect)
    for (const effect of effects) {
      if (effect.type === 'text') this.files.tell(effect)
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
    if (effects.some(({ type }) => type === 'policy')) this.#ruled()
    this.history.look()
  }

  /** Each connection says the rules anew; they are told where they are others. */
  #ruled(): void {
    const { policy, role } = this.replica.rules
    const rules = JSON.stringify([policy, role])
    if (policy === null || rules === this.#rules) return
    this.#rules = rules
    this.emitter.emit('policy', policy)
  }

  /** The others, or their places, may be others. */
  #seen(): void {
    this.emitter.emit('peers', this.people.peers)
    this.following.look()
  }

  /** A text here is not the room's: the room is told what can be told of it, and asked for its own. */
  #desync({ file, seq, report }: DesyncEffect): void {
    this.channel.report(report)
    this.channel.open(file)
    const message = `The text of ${this.replica.pathOf(file) ?? file} differed from the room's at ${seq}; it is taken anew.`
    this.emitter.emit('error', new SdkError('desync', message))
  }

  #unsynced(effect: UnsyncedEffect): void {
    this.emitter.emit('unsynced', unsyncedOf(effect))
    this.#saveFirst()
  }

  /** Holds submissions until the copy is saved: by what is sent from now on, the one from before would be taken for answered. */
  #saveFirst(): void {
    if (this.#persister !== null) this.channel.hold(this.#persister.saveNow())
  }

  /** How the room stands may be told otherwise. */
  #stands(isOtherwise: boolean): void {
    if (isOtherwise) this.#moved()
  }

  #moved(): void {
    this.status.told()
    this.#persister?.changed()
  }
}
