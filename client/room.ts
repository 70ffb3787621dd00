/**
 * A room as an application holds it: the replica, with a line to the room on one side and events on the other. What is done
 * here is applied and told at once; what comes from the room is applied, and told when it changed something.
 */
import { randomId } from '../core/protocol/id.ts'
import type { ServerMessage, TooFast, Welcome } from '../core/protocol/messages.ts'
import type { DesyncEffect, Effect, UnsyncedEffect } from '../core/replica/effects.ts'
import { Peers } from '../core/replica/peers.ts'
import type { Replica } from '../core/replica/replica.ts'
import { ReplicaError } from '../core/replica/replica-error.ts'
import { OpError, parseText, type TextOp } from '../core/text/op.ts'
import { colorOf } from './color.ts'
import type { ConnectionTarget, Loss } from './connection.ts'
import { Emitter } from './emitter.ts'
import { LiveFile } from './file.ts'
import { rejectionOf, unsyncedOf } from './handing-back.ts'
import type { Keeper } from './keeper.ts'
import { Line } from './line.ts'
import { Opening } from './opening.ts'
import { OwnPresence } from './presence.ts'
import { SdkError } from './sdk-error.ts'
import { Standing } from './standing.ts'
import type { Start } from './start.ts'
import type {
  FileEntry,
  OpenFile,
  PeerInfo,
  Room,
  RoomEvents,
  StatusInfo,
  Unsynced,
  Whereabouts,
} from './types.ts'

export class LiveRoom implements Room {
  readonly name: string
  readonly #replica: Replica
  readonly #peers = new Peers()
  readonly #presence: OwnPresence
  readonly #line: Line
  readonly #emitter = new Emitter<RoomEvents>(['unsynced', 'error'])
  readonly #standing: Standing
  readonly #keeper: Keeper | null
  readonly #files = new Map<string, LiveFile>()
  readonly #opening = new Opening()
  #welcome: Welcome | null = null

  constructor(name: string, target: ConnectionTarget, { replica, keep, unsynced }: Start) {
    this.name = name
    this.#replica = replica
    this.#standing = new Standing(
      () => replica.pending,
      (status) => this.#emitter.emit('status', status),
    )
    for (const event of unsynced) this.#emitter.emit('unsynced', event)
    this.#keeper = keep === null ? null : keep(this.#keeperHost)
    this.#line = new Line(target, replica, {
      take: (message) => this.#take(message),
      lost: (loss) => this.#lost(loss),
      failed: (error) => this.#emitter.emit('error', error),
      moved: () => this.#moved(),
    })
    if (typeof addEventListener === 'function') addEventListener('online', this.#hurry)
    this.#presence = new OwnPresence(replica, (message) => this.#line.presence(message))
  }

  // ── what is here ────────────────────────────────────────────────────────────────────────────────────────────────

  get files(): readonly FileEntry[] {
    return this.#replica.files
  }

  get me() {
    const { user = '', name = '', session = '' } = this.#welcome ?? {}
    return { user, name, session, color: colorOf(user) }
  }

  get peers(): readonly PeerInfo[] {
    return this.#peers.list.map((peer) => {
      const { session, client, user, name, file, data = {} } = peer
      const text = file === null ? undefined : this.#replica.text(file)
      const unit = (point: number) => text?.unitOf(this.#replica.toLocal(file ?? '', point)) ?? 0
      const selections =
        text === undefined
          ? []
          : peer.selections.map(([anchor, head]) => ({ anchor: unit(anchor), head: unit(head) }))
      return { session, client, user, name, color: colorOf(user), file, selections, data }
    })
  }

  get status(): StatusInfo {
    return this.#standing.info
  }

  on<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): () => void {
    return this.#emitter.on(event, listener)
  }

  /** @internal */
  tellError(error: unknown): void {
    this.#emitter.emit('error', error instanceof Error ? error : new Error(String(error)))
  }

  /** @internal What becomes of work here is told by another room. */
  relay(room: LiveRoom): void {
    this.on('rejected', (rejection) => room.#emitter.emit('rejected', rejection))
    this.on('unsynced', (unsynced) => room.#emitter.emit('unsynced', unsynced))
    this.on('error', (error) => room.#emitter.emit('error', error))
  }

  // ── what the application does ───────────────────────────────────────────────────────────────────────────────────

  async open(path: string): Promise<OpenFile> {
    const id = this.#replica.fileAt(path)
    if (id === undefined) throw new SdkError('no_such_file', `There is no file at ${path}.`)
    const known = this.#files.get(id)
    if (this.#standing.isOver && this.#replica.text(id) === undefined) throw this.#standing.error
    const file = known ?? new LiveFile(id, this.#fileHost)
    this.#files.set(id, file)
    this.#replica.open(id)
    if (this.#replica.text(id) !== undefined) return file
    const text = this.#opening.wait(id)
    this.#line.open(id)
    await text
    return file
  }

  create(path: string, text: string): string {
    const file = randomId(crypto)
    this.#local(() => this.#replica.create(file, path, parseText(text.replace(/\r\n?/g, '\n'))))
    return file
  }

  rename(from: string, to: string): void {
    this.#local(() => this.#replica.rename(from, to))
  }

  remove(path: string): void {
    this.#local(() => this.#replica.remove(path))
  }

  transact(changes: () => void): void {
    if (!this.#replica.begin()) {
      changes()
      return
    }
    try {
      changes()
      this.#replica.commit()
    } catch (error) {
      this.#perform(this.#replica.abandon())
      throw error
    } finally {
      this.#line.submit()
    }
  }

  setPresence(whereabouts: Whereabouts): void {
    this.#presence.set(whereabouts)
  }

  settled(): Promise<void> {
    return this.#standing.settled()
  }

  close(): void {
    if (this.#standing.isOver) return
    this.#line.close()
    this.#end({ code: 1000, reason: 'closed here', retry: false, isAnswer: false }, false)
  }

  /** Tries to connect at once: the network is said to be back. */
  readonly #hurry = () => this.#line.hurry()

  readonly #fileHost = {
    textOf: (file: string) => this.#replica.text(file),
    pathOf: (file: string) => this.#replica.pathOf(file),
    edit: (file: string, op: TextOp) => this.#local(() => this.#replica.edit(file, op)),
  }

  /** A change made here: applied, told, and sent at the end of the turn. */
  #local(change: () => Effect[]): Effect[] {
    if (this.#standing.isOver) throw this.#standing.error
    let effects: Effect[]
    try {
      effects = change()
    } catch (error) {
      if (error instanceof ReplicaError) throw new SdkError(error.code, error.message)
      if (error instanceof OpError) throw new SdkError('bad_text', error.message, { cause: error })
      throw error
    }
    this.#line.submit()
    this.#perform(effects)
    return effects
  }

  // ── from the room ────────────────────────────────────────────────────────────────────────────────────────────────

  #take(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#greet(message)
        break
      case 'commit':
        this.#perform(this.#replica.receive(message))
        this.#peers.carry(message)
        if (this.#peers.list.length > 0) this.#emitter.emit('peers', this.peers)
        this.#presence.schedule()
        break
      case 'text':
        this.#perform(this.#replica.receiveText(message.file, message.text))
        this.#opening.resolve(message.file)
        break
      case 'presence':
        this.#peers.update(message, this.me.session)
        this.#emitter.emit('peers', this.peers)
        break
      case 'ack':
        this.#perform(this.#replica.acked(message.n))
        break
      case 'reject':
        this.#perform(this.#replica.rejected(message))
        break
      case 'error':
        if (message.code === 'too_fast') this.#slowDown(message)
        else this.#opening.reject(message.about, new SdkError('no_such_file', message.message))
        break
    }
  }

  /** What was sent is taken; what follows goes out more slowly, and the application learns of it. */
  #slowDown({ about, perSecond, message }: TooFast): void {
    if (about === 'presence') this.#presence.slow(perSecond)
    this.#emitter.emit('error', new SdkError('too_fast', message))
  }

  #greet(message: Welcome): void {
    this.#welcome = message
    this.#standing.connected()
    this.#peers.reset(message.peers)
    this.#perform(this.#replica.welcome(message))
    for (const file of this.#replica.wanted) this.#line.open(file)
    this.#presence.renew()
    this.#emitter.emit('peers', this.peers)
  }

  #lost(loss: Loss): void {
    if (!loss.retry) {
      this.#end(loss, true)
      return
    }
    this.#peers.reset([])
    this.#emitter.emit('peers', [])
    this.#standing.lost(loss)
    this.#keeper?.changed()
  }

  #end(loss: Loss, isRefused: boolean): void {
    if (typeof removeEventListener === 'function') removeEventListener('online', this.#hurry)
    this.#presence.stop()
    this.#standing.over(loss, isRefused)
    this.#opening.rejectAll(this.#standing.error)
    void this.#keeper?.close()
  }

  // ── to the application ──────────────────────────────────────────────────────────────────────────────────────────

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'text') {
        this.#presence.carry(effect.file, effect.op)
        this.#files.get(effect.file)?.changed(effect)
      } else if (effect.type === 'removed') this.#remove(effect.file, effect.path, effect.text)
      else if (effect.type === 'stale') this.#line.open(effect.file)
      else if (effect.type === 'unsynced') this.#unsynced(effect)
      else if (effect.type === 'desync') this.#desync(effect)
      else if (effect.type === 'rejected') this.#emitter.emit('rejected', rejectionOf(effect))
    }
    if (effects.some((effect) => effect.type === 'files')) this.#emitter.emit('files', this.files)
  }

  #remove(id: string, path: string, text: string): void {
    this.#files.get(id)?.gone({ path, text })
    this.#files.delete(id)
    this.#opening.reject(id, new SdkError('no_such_file', 'The file was removed.'))
  }

  /** A text here is not the room's: the room is told what can be told of it, and asked for its own. */
  #desync({ file, seq, report }: DesyncEffect): void {
    this.#line.report(report)
    this.#line.open(file)
    const message = `The text of ${this.#replica.pathOf(file) ?? file} differed from the room's at ${seq}; it is taken anew.`
    this.#emitter.emit('error', new SdkError('desync', message))
  }

  #unsynced(effect: UnsyncedEffect): void {
    this.#emitter.emit('unsynced', unsyncedOf(effect))
    // What is sent from now on would make the room take what is kept, from before, for answered.
    if (this.#keeper !== null) this.#line.hold(this.#keeper.saveNow())
  }

  #moved(): void {
    this.#standing.told()
    this.#keeper?.changed()
  }

  readonly #keeperHost = {
    state: () => {
      const unsynced = this.#emitter.waiting('unsynced').map(([event]) => event)
      const { pending, epoch } = this.#replica
      const isAway = !this.#standing.isConnected && !this.#standing.isOver && epoch !== null
      return pending > 0 || unsynced.length > 0 || isAway
        ? { replica: this.#replica.saved(), unsynced: unsynced as readonly Unsynced[] }
        : null
    },
    isConnected: () => this.#standing.isConnected,
    failed: (error: SdkError) => this.#emitter.emit('error', error),
  }
}
