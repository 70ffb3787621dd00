/**
 * The Durable Object of one room: the shell between the platform and a live room. It owns what the core may not
 * touch (sockets, SQLite, alarm, timers, the store) and holds no rules. A room is loaded whole or not at all: a load
 * that fails answers 1013, never an empty room.
 */
import { DurableObject } from 'cloudflare:workers'
import { CLOSE } from '../core/protocol/codes.ts'
import { type FileInfo, PING, PONG } from '../core/protocol/messages.ts'
import { type FileStore, StoreError } from '../schema/store.ts'
import { AlarmClock } from './alarm-clock.ts'
import type { Env } from './env.ts'
import { Flusher } from './flusher.ts'
import { refuse, upgraded } from './handshake.ts'
import { IDENTITY_HEADER, ROOM_HEADER } from './headers.ts'
import { importFiles, type NewFile } from './import.ts'
import { Journal } from './journal.ts'
import { LiveRoom } from './live-room.ts'
import { withPermit } from './permits.ts'
import { type RoomSocket, Session, Sessions } from './sessions.ts'
import { type Settings, settingsOf } from './settings.ts'
import { storeOf } from './store.ts'

export interface RoomStatus {
  readonly room: string
  readonly seq: number
  /** up to which commit the lasting copy is complete; null when there is none configured */
  readonly flushed: number | null
  /** why the last flush failed; null when it did not */
  readonly flushError: { readonly kind: string; readonly message: string } | null
  /** files that the database refuses, with what it says */
  readonly setAside: readonly { readonly path: string; readonly message: string }[]
  readonly files: readonly FileInfo[]
  readonly people: number
}

export type FlushResult =
  | { readonly ok: true; readonly seq: number; readonly flushed: number | null }
  | { readonly ok: false; readonly code: string; readonly message: string }

export interface FileContent {
  readonly revision: number
  readonly text: string
}

export type CreateResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: string; readonly message: string }

export class Room extends DurableObject<Env> {
  readonly #settings: Settings
  readonly #store: FileStore | null
  readonly #sessions: Sessions
  readonly #clock: AlarmClock
  readonly #deadlines = new Map<RoomSocket, ReturnType<typeof setTimeout>>()
  #journal: Journal
  #flusher: Flusher | null
  #live: LiveRoom | null = null
  #loading: Promise<LiveRoom | null> | null = null
  /** The storage is being deleted: whoever comes waits for that, and then for the room to come back. */
  #deleting: Promise<void> | null = null
  /** Requests under way, which may be about to need the room. */
  #visitors = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#settings = settingsOf(env)
    this.#store = storeOf(env, this.#settings.databaseTimeoutMs)
    this.#clock = new AlarmClock(ctx.storage)
    // Known from the start, so that a commit and the alarm for its flush are written in one turn, or neither is.
    ctx.blockConcurrencyWhile(() => this.#clock.read())
    this.#sessions = new Sessions(ctx.getWebSockets())
    this.#journal = new Journal(ctx.storage.sql)
    this.#flusher = this.#newFlusher()
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG))
    for (const socket of ctx.getWebSockets()) this.#expectHello(socket)
  }

  // ── calls from the Worker ───────────────────────────────────────────────────────────────────────────────────────

  /** Makes the room with its first files, unless there is one of this name. */
  create(room: string, files: readonly NewFile[]): Promise<CreateResult> {
    return this.#visit(room, async () => {
      if (this.#journal.isRoom) {
        return { ok: false, code: 'room_exists', message: `There is a room ${room} already.` }
      }
      const now = Date.now()
      const imported = importFiles(files, this.#settings.limits, now)
      if (!imported.ok) return imported
      this.ctx.storage.transactionSync(() => {
        this.#journal.create(room, crypto.randomUUID(), now)
        this.#journal.leftAt = now
        for (const { deflated, body } of imported.log) this.#journal.append(deflated, body)
      })
      await this.#schedule()
      return { ok: true }
    })
  }

  status(room: string): Promise<RoomStatus | null> {
    return this.#visit(room, async (live) => {
      if (live === null) return null
      live.sealNow()
      const { files } = live.authority.state
      return {
        room,
        seq: this.#journal.seq,
        flushed: this.#flusher === null ? null : this.#journal.flushedSeq,
        flushError: this.#flusher?.error ?? null,
        setAside: this.#journal.setAside.map(({ file, message }) => ({
          path: files.get(file)?.path ?? '',
          message,
        })),
        files: live.files(),
        people: live.people,
      }
    })
  }

  /** The committed text at a path; null when the room or the file is not there. */
  read(room: string, path: string): Promise<FileContent | null> {
    return this.#visit(room, async (live) => {
      const file = live?.authority.state.files.atPath(path)?.file
      if (live === null || file === undefined) return null
      await live.prepareText(file)
      const text = live.textOf(file)
      const record = live.authority.state.files.get(file)
      return record === undefined || text === null ? null : { revision: record.revision, text: text.text }
    })
  }

  /** Brings everything to the lasting copy now, also what it refused before. Null when there is no such room. */
  flush(room: string): Promise<FlushResult | null> {
    return this.#visit(room, async (live) => {
      if (live === null) return null
      const target = this.#journal.seq
      try {
        await this.#flush(true)
        // The first may have been a flush that was under way already, without what came since.
        if (this.#flusher !== null && this.#journal.flushedSeq < target) await this.#flush()
      } catch (error) {
        const message = error instanceof StoreError ? error.message : 'the database could not be reached'
        return {
          ok: false,
          code: 'flush_failed',
          message: `Nothing is lost; it will be tried again: ${message}.`,
        }
      }
      const flushed = this.#flusher === null ? null : this.#journal.flushedSeq
      if (flushed !== null && flushed < target) {
        return {
          ok: false,
          code: 'flush_later',
          message: 'Many rooms are flushing; this one has its turn soon.',
        }
      }
      return { ok: true, seq: this.#journal.seq, flushed }
    })
  }

  /** A person connects. The Worker has authenticated and says who it is. */
  override async fetch(request: Request): Promise<Response> {
    const guest = JSON.parse(request.headers.get(IDENTITY_HEADER) ?? 'null')
    const room = request.headers.get(ROOM_HEADER)
    if (guest === null || room === null) return new Response('not from the Worker', { status: 400 })
    try {
      return await this.#visit(room, async (live) => {
        if (live === null) return refuse(CLOSE.noSuchRoom)
        const { 0: client, 1: server } = new WebSocketPair()
        this.ctx.acceptWebSocket(server)
        this.#sessions.add(Session.start(server, guest))
        this.#expectHello(server)
        return upgraded(client)
      })
    } catch (error) {
      console.error(`room ${room} could not be loaded: ${String(error)}`)
      return refuse(CLOSE.tryAgain)
    }
  }

  // ── events of the platform ──────────────────────────────────────────────────────────────────────────────────────

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    const session = this.#sessions.get(socket)
    if (session === undefined) return
    this.#awake().receive(session, data)
    if (session.identity !== null) this.#clearDeadline(socket)
    this.#checkEmpty()
  }

  /** The other side closed. Its close is answered, or it would wait for that until it gives the connection up for lost. */
  override webSocketClose(socket: WebSocket): void {
    this.#gone(socket)
    if (socket.readyState !== WebSocket.CLOSED) socket.close(CLOSE.normal.code, CLOSE.normal.reason)
  }

  override webSocketError(socket: WebSocket): void {
    this.#gone(socket)
  }

  override async alarm(): Promise<void> {
    this.#clock.cleared()
    try {
      if (this.#journal.isRoom) {
        const due = this.#flusher?.due(this.#sessions.size)
        if (due != null && due <= Date.now()) await this.#flush()
        await this.#leaveIfDue()
      }
    } catch (error) {
      // The platform drops an alarm after six failures; this one comes back by itself, however often. The flusher has
      // said what the store answered.
      if (!(error instanceof StoreError)) console.error(`alarm: ${String(error)}`)
    }
    await this.#schedule()
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Runs `work` with the room, or with null when there is no such room, and keeps it from being let go meanwhile. */
  async #visit<T>(room: string, work: (live: LiveRoom | null) => Promise<T>): Promise<T> {
    this.#visitors++
    try {
      return await work(await this.#load(room))
    } finally {
      this.#visitors--
      // While somebody asked, nothing was set for letting go.
      if (this.#visitors === 0 && this.#sessions.size === 0) this.ctx.waitUntil(this.#schedule())
    }
  }

  /** The room, from its journal or, when this object has none, from the lasting copy. Those who come together load once. */
  async #load(room: string): Promise<LiveRoom | null> {
    await this.#deleting
    if (this.#journal.isRoom) return this.#awake()
    this.#loading ??= this.#restore(room).finally(() => {
      this.#loading = null
    })
    return this.#loading
  }

  async #restore(room: string): Promise<LiveRoom | null> {
    const stored = (await this.#store?.load(room)) ?? null
    if (this.#journal.isRoom) return this.#awake()
    if (stored === null) return null
    this.ctx.storage.transactionSync(() => {
      this.#journal.restore(stored)
      this.#journal.leftAt = Date.now()
    })
    await this.#schedule()
    return this.#awake()
  }

  #awake(): LiveRoom {
    this.#live ??= this.#wake()
    return this.#live
  }

  #wake(): LiveRoom {
    return new LiveRoom(this.#journal, this.#sessions, this.#settings, {
      archive: this.#store,
      later: (ms, callback) => setTimeout(callback, ms),
      durable: () => this.ctx.storage.sync(),
      abort: (reason) => this.ctx.abort(reason),
      changed: () => {
        // An alarm for the next flush comes early enough: it looks again when it fires. One for letting go may not.
        const { idleMs, maxAgeMs } = this.#settings.flush
        if (!this.#clock.isSetBy(Date.now() + Math.min(idleMs, maxAgeMs)))
          this.ctx.waitUntil(this.#schedule())
      },
    })
  }

  /** Gives a socket its time to say hello. Nothing it sends meanwhile extends it. */
  #expectHello(socket: RoomSocket): void {
    const session = this.#sessions.get(socket)
    if (session === undefined || session.identity !== null) return
    const timer = setTimeout(() => {
      this.#deadlines.delete(socket)
      if (!this.#sessions.delete(session)) return
      session.close(CLOSE.helloTimeout)
      this.#checkEmpty()
    }, this.#settings.limits.helloMs)
    this.#deadlines.set(socket, timer)
  }

  /** A timer left behind would keep the object from sleeping. */
  #clearDeadline(socket: RoomSocket): void {
    const timer = this.#deadlines.get(socket)
    if (timer === undefined) return
    clearTimeout(timer)
    this.#deadlines.delete(socket)
  }

  #gone(socket: RoomSocket): void {
    this.#clearDeadline(socket)
    const session = this.#sessions.closing(socket)
    if (session === undefined) return
    this.#awake().leave(session)
    this.#checkEmpty()
  }

  /** The last one left: flush at once, and let go when the grace is over. */
  #checkEmpty(): void {
    if (this.#sessions.size > 0) return
    this.#journal.leftAt = Date.now()
    this.ctx.waitUntil(this.#schedule())
  }

  async #flush(again = false): Promise<void> {
    if (this.#flusher === null) return
    this.#awake().checkpoint()
    await this.#flusher.flush(again)
    this.#journal.prune(this.#settings.tailCommits)
  }

  /** When the object may let go of the room: nobody is here or asks, the lasting copy has everything, and the grace is over. */
  #leaveDue(): number | null {
    const { isRoom, leftAt, seq, flushedSeq, setAside } = this.#journal
    const isBusy = this.#sessions.size > 0 || this.#visitors > 0
    if (this.#store === null || !isRoom || isBusy || flushedSeq < seq || setAside.length > 0) return null
    return (leftAt ?? Date.now()) + this.#settings.graceMs
  }

  /** Deletes the storage of a room that nobody is in. Somebody who comes meanwhile waits, and finds the room in the lasting copy. */
  async #leaveIfDue(): Promise<void> {
    const due = this.#leaveDue()
    if (due === null || due > Date.now()) return
    this.#deleting = this.ctx.storage.deleteAll().finally(() => {
      this.#deleting = null
      this.#live = null
      this.#journal = new Journal(this.ctx.storage.sql)
      this.#flusher = this.#newFlusher()
      this.#clock.cleared()
    })
    await this.#deleting
  }

  /** Sets the alarm for what comes next: a flush, or letting go. */
  async #schedule(): Promise<void> {
    if (!this.#journal.isRoom) return
    const due = this.#flusher?.due(this.#sessions.size) ?? this.#leaveDue()
    if (due !== null) await this.#clock.ensure(due)
  }

  #newFlusher(): Flusher | null {
    if (this.#store === null) return null
    return new Flusher(this.#journal, this.#store, this.#settings.flush, (since, work) =>
      withPermit(this.env.FLUSH_BUDGET, this.#settings.permits, this.#journal.room, since, work),
    )
  }
}
