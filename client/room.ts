/**
 * A room as an application holds it: the replica wired to a connection. What is done here is applied at once and sent at
 * the end of the turn; what comes back becomes events. One submission is in flight, the rest composes behind it.
 */

import { decodeServerMessage } from '../core/protocol/decode-server.ts'
import type { ServerMessage, Welcome } from '../core/protocol/messages.ts'
import type { Effect } from '../core/replica/effects.ts'
import { Peers } from '../core/replica/peers.ts'
import { Replica } from '../core/replica/replica.ts'
import { ReplicaError } from '../core/replica/replica-error.ts'
import { OpError, parseText, type TextOp } from '../core/text/op.ts'
import { colorOf } from './color.ts'
import { Connection, type ConnectionTarget, type Loss } from './connection.ts'
import { Emitter } from './emitter.ts'
import { LiveFile } from './file.ts'
import { Inbox } from './inbox.ts'
import { Opening } from './opening.ts'
import { OwnPresence } from './presence.ts'
import { lossError, SdkError } from './sdk-error.ts'
import type {
  FileEntry,
  OpenFile,
  PeerInfo,
  Room,
  RoomEvents,
  RoomStatus,
  StatusInfo,
  Whereabouts,
} from './types.ts'

export class LiveRoom implements Room {
  readonly name: string
  readonly #replica = new Replica(randomId())
  readonly #peers = new Peers()
  readonly #presence: OwnPresence
  readonly #connection: Connection
  readonly #inbox: Inbox
  readonly #emitter = new Emitter<RoomEvents>()
  readonly #files = new Map<string, LiveFile>()
  readonly #opening = new Opening()
  #settlers: { resolve: () => void; reject: (error: Error) => void }[] = []
  #status: RoomStatus = 'connecting'
  #loss: Loss | null = null
  #welcome: Welcome | null = null
  /** Whether what is in flight was sent over the present connection. */
  #sent = false
  #resync = false
  #sending = false
  #told = ''

  constructor(name: string, target: ConnectionTarget) {
    this.name = name
    this.#inbox = new Inbox({
      blobsNeeded: (commit) => this.#replica.blobsNeeded(commit),
      fetchBlob: (blob) => this.#connection.send(JSON.stringify({ type: 'blob', blob })),
      deliver: (message) => this.#take(message),
    })
    this.#connection = new Connection(target, {
      up: () => this.#up(),
      frame: (data) => this.#frame(data),
      down: (loss) => this.#down(loss),
    })
    if (typeof addEventListener === 'function') addEventListener('online', this.#hurry)
    this.#presence = new OwnPresence(this.#replica, (message) => {
      if (this.#status === 'connected') this.#connection.send(JSON.stringify(message))
    })
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
    const { code = null, reason = null } = this.#loss ?? {}
    return { status: this.#status, pending: this.#replica.pending, reason, code }
  }

  on<E extends keyof RoomEvents>(event: E, listener: RoomEvents[E]): () => void {
    return this.#emitter.on(event, listener)
  }

  // ── what the application does ───────────────────────────────────────────────────────────────────────────────────

  async open(path: string): Promise<OpenFile> {
    const id = this.#replica.fileAt(path)
    if (id === undefined) throw new SdkError('no_such_file', `There is no file at ${path}.`)
    const known = this.#files.get(id)
    if (this.#status === 'closed' && this.#replica.text(id) === undefined) throw this.#closedError()
    const file = known ?? new LiveFile(id, this.#fileHost)
    this.#files.set(id, file)
    this.#replica.open(id)
    if (this.#replica.text(id) !== undefined) return file
    const text = this.#opening.wait(id)
    this.#want(id)
    await text
    return file
  }

  create(path: string, text: string): string {
    const file = randomId()
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
      this.#send()
    }
  }

  setPresence(whereabouts: Whereabouts): void {
    this.#presence.set(whereabouts)
  }

  settled(): Promise<void> {
    if (this.#replica.pending === 0) return Promise.resolve()
    if (this.#status === 'closed') return Promise.reject(this.#closedError())
    return new Promise((resolve, reject) => {
      this.#settlers.push({ resolve, reject })
    })
  }

  close(): void {
    if (this.#status === 'closed') return
    this.#connection.close()
    this.#end({ code: 1000, reason: 'closed here', retry: false })
  }

  /** Tries to connect at once: the network is said to be back. */
  readonly #hurry = () => this.#connection.hurry()

  readonly #fileHost = {
    textOf: (file: string) => this.#replica.text(file),
    pathOf: (file: string) => this.#replica.pathOf(file),
    edit: (file: string, op: TextOp) => this.#local(() => this.#replica.edit(file, op)),
  }

  /** A change made here: applied, told, and sent at the end of the turn. */
  #local(change: () => Effect[]): Effect[] {
    if (this.#status === 'closed') throw this.#closedError()
    let effects: Effect[]
    try {
      effects = change()
    } catch (error) {
      if (error instanceof ReplicaError) throw new SdkError(error.code, error.message)
      if (error instanceof OpError) throw new SdkError('bad_text', error.message, { cause: error })
      throw error
    }
    this.#send()
    this.#perform(effects)
    return effects
  }

  // ── to the room ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** At the end of the turn, so that what is done together travels together. */
  #send(): void {
    if (this.#sending) return
    this.#sending = true
    queueMicrotask(() => {
      this.#sending = false
      this.#pump()
      this.#tellStatus()
    })
  }

  #pump(): void {
    if (this.#status !== 'connected' || this.#replica.seq < (this.#welcome?.seq ?? 0)) return
    const submit = this.#sent ? this.#replica.next() : (this.#replica.resend() ?? this.#replica.next())
    if (submit === null) return
    this.#sent = true
    this.#connection.send(JSON.stringify(submit))
  }

  #want(file: string): void {
    if (this.#status === 'connected') this.#connection.send(JSON.stringify({ type: 'open', file }))
  }

  // ── from the room ───────────────────────────────────────────────────────────────────────────────────────────────

  #up(): void {
    const { client, seq, epoch } = this.#replica
    const since = epoch === null || this.#resync ? {} : { since: seq, epoch }
    this.#connection.send(JSON.stringify({ type: 'hello', protocol: 1, client, ...since }))
  }

  #frame(data: string): void {
    let message: ServerMessage
    try {
      message = decodeServerMessage(data)
    } catch (error) {
      this.#emitter.emit('error', new SdkError('protocol', String(error)))
      this.#connection.restart('the room sent something that cannot be understood')
      return
    }
    this.#inbox.receive(message)
    this.#tellStatus()
  }

  /** What the copy here cannot follow (the room's log is not the one it knows) is healed by a fresh start. */
  #take(message: ServerMessage): void {
    try {
      this.#deliver(message)
    } catch (error) {
      const text = `The copy of the room here could not follow it, and is taken anew: ${String(error)}`
      this.#emitter.emit('error', new SdkError('desync', text, { cause: error }))
      this.#startAfresh()
    }
  }

  #startAfresh(): void {
    this.#resync = true
    this.#connection.restart('the room is asked for a fresh start')
  }

  #deliver(message: ServerMessage): void {
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
        this.#opening.reject(message.about, new SdkError('no_such_file', message.message))
        break
      case 'resync':
        this.#startAfresh()
        break
    }
    this.#pump()
  }

  #greet(message: Welcome): void {
    this.#welcome = message
    this.#status = 'connected'
    this.#loss = null
    this.#resync = false
    this.#connection.settled()
    this.#peers.reset(message.peers)
    this.#perform(this.#replica.welcome(message))
    for (const file of this.#replica.wanted) this.#want(file)
    this.#presence.renew()
    this.#emitter.emit('peers', this.peers)
  }

  #down(loss: Loss): void {
    this.#sent = false
    this.#inbox.clear()
    if (!loss.retry) {
      this.#end(loss)
      return
    }
    this.#loss = loss
    if (this.#status === 'connected') this.#status = 'reconnecting'
    this.#peers.reset([])
    this.#emitter.emit('peers', [])
    this.#tellStatus()
  }

  #end(loss: Loss): void {
    if (typeof removeEventListener === 'function') removeEventListener('online', this.#hurry)
    this.#status = 'closed'
    this.#loss = loss
    this.#presence.stop()
    const error = this.#closedError()
    this.#opening.rejectAll(error)
    for (const { reject } of this.#settlers) reject(error)
    this.#settlers = []
    this.#tellStatus()
  }

  // ── to the application ──────────────────────────────────────────────────────────────────────────────────────────

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'text') {
        this.#presence.carry(effect.file, effect.op)
        this.#files.get(effect.file)?.changed(effect)
      } else if (effect.type === 'removed') this.#remove(effect.file, effect.path, effect.text)
      else if (effect.type === 'stale') this.#want(effect.file)
      else if (effect.type === 'desync') this.#desync(effect.file, effect.seq)
      else if (effect.type === 'rejected') {
        const changes = effect.changes.map(({ change, path, text }) => {
          return { type: change.type, file: change.file, path, ...(text === null ? {} : { text }) }
        })
        this.#emitter.emit('rejected', { code: effect.code, message: effect.message, changes })
      }
    }
    if (effects.some((effect) => effect.type === 'files')) this.#emitter.emit('files', this.files)
  }

  #remove(id: string, path: string, text: string): void {
    this.#files.get(id)?.gone({ path, text })
    this.#files.delete(id)
    this.#opening.reject(id, new SdkError('no_such_file', 'The file was removed.'))
  }

  #desync(file: string, seq: number): void {
    const message = `The text of ${this.#replica.pathOf(file) ?? file} differed from the room's at ${seq}; it is taken anew.`
    this.#emitter.emit('error', new SdkError('desync', message))
    this.#want(file)
  }

  /** Says how things stand, when they stand otherwise than last said. */
  #tellStatus(): void {
    const { status } = this
    if (status.pending === 0) {
      for (const { resolve } of this.#settlers) resolve()
      this.#settlers = []
    }
    const told = JSON.stringify(status)
    if (told === this.#told) return
    this.#told = told
    this.#emitter.emit('status', status)
  }

  #closedError(): SdkError {
    return lossError(this.#loss ?? { code: 1000, reason: 'closed' })
  }
}

/** 128 bits. */
function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
