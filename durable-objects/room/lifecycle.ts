/**
 * The life of a room in its object: it is loaded from the journal or from Postgres, sessions join and leave,
 * it is flushed, and finally evicted. All such decisions are made here; the simulator runs this same class.
 *
 * Invariants:
 * - A room is loaded completely or not at all. A failed load throws and never becomes an empty room.
 * - The storage is deleted only when Postgres has everything and nobody is connected or has a call under
 *   way.
 * - While anything is left to do, an alarm is set for it, also after a failure.
 *
 * It knows nothing of requests and upgrades; sockets, storage and store are passed in.
 *
 * Long because the steps of a life meet: loading, flushing, letting go and joining await the same few fields
 * and each other, and every pair of them can coincide. What can be decided without waiting is in core/flush.
 */

import type { Principal } from '../../auth/principal.ts'
import { evictionDue, isEarlyEnough } from '../../core/flush/next-alarm.ts'
import { whoMakesWay } from '../../core/limits/connection-limits.ts'
import { CLOSE, type CloseReason } from '../../core/protocol/codes.ts'
import type { Policy } from '../../core/protocol/messages.ts'
import { type FileStore, StoreError } from '../../schema/store.ts'
import type { Listener, Origin, RoomEvent } from '../events/room-event.ts'
import { Flusher } from '../flush/flusher.ts'
import type { Lease } from '../flush/lease.ts'
import { Journal } from '../journal/journal.ts'
import type { Sql } from '../journal/sql.ts'
import { HelloDeadlines } from '../sessions/hello-deadlines.ts'
import { Liveness } from '../sessions/liveness.ts'
import { Sessions } from '../sessions/registry.ts'
import type { RoomSocket, Session } from '../sessions/session.ts'
import type { Settings } from '../settings/settings.ts'
import { AlarmClock, type AlarmStorage } from './alarm-clock.ts'
import type { CommitContext } from './commit-pipeline.ts'
import { importFiles, type NewFile } from './import.ts'
import { LiveRoom } from './live-room.ts'
import { storedRoom } from './stored-room.ts'

/** ms by which the platform may fire an alarm too early: to set it again would cost a row. */
const EARLY_MS = 10

/** The part of an object's storage that a room needs. */
export interface ObjectStorage extends AlarmStorage {
  readonly sql: Sql
  /** Runs `work` in a transaction: its writes are kept or lost together. */
  transactionSync<T>(work: () => T): T
  /** Resolves when everything written so far is durable. */
  sync(): Promise<void>
  deleteAll(): Promise<void>
}

/** The part of the platform's object that a room needs. */
export interface ObjectContext {
  readonly storage: ObjectStorage
  /** Aborts the object: memory is ahead of storage and must be discarded. */
  abort(reason: string): void
  /** Keeps the object alive for work that nothing awaits. */
  waitUntil(work: Promise<unknown>): void
  /** When the platform last auto-answered a ping on this socket, Unix ms; 0 if never. */
  pingedAt(socket: RoomSocket): number
}

/** The principal a token identifies in this room, or the close reason if it is not accepted. */
export type Identify = (token: string, room: string) => Promise<Principal | CloseReason>

export class Lifecycle {
  readonly sessions: Sessions
  readonly #context: ObjectContext
  readonly #store: FileStore | null
  readonly #settings: Settings
  readonly #lease: Lease
  readonly #identify: Identify
  readonly #listener: Listener | null
  readonly #liveness: Liveness
  readonly #clock: AlarmClock
  readonly #deadlines: HelloDeadlines
  #journal: Journal
  #flusher: Flusher | null
  #live: LiveRoom | null = null
  /** Where the room comes from, once it is in memory. */
  #origin: Origin = 'journal'
  #loading: Promise<LiveRoom | null> | null = null
  /** Set while the storage is being deleted: a caller waits for that, then loads the room again. */
  #deleting: Promise<void> | null = null
  /** Calls under way that need the room or may be about to. */
  #visits = 0

  /**
   * @param sockets those that survived hibernation
   * @param store null without Postgres
   * @param lease the room's lease of the flush budget
   * @param identify checks tokens presented over an open socket
   * @param listener hears what happens in the room; null for nobody
   */
  constructor(
    context: ObjectContext,
    sockets: readonly RoomSocket[],
    store: FileStore | null,
    settings: Settings,
    lease: Lease,
    identify: Identify,
    listener: Listener | null,
  ) {
    this.#context = context
    this.#store = store
    this.#settings = settings
    this.#lease = lease
    this.#identify = identify
    this.#listener = listener
    this.#clock = new AlarmClock(context.storage)
    this.sessions = new Sessions(sockets)
    this.#liveness = new Liveness(
      this.sessions,
      settings.silenceMs,
      (socket) => context.pingedAt(socket),
      Date.now(),
    )
    this.#deadlines = new HelloDeadlines(settings.limits.helloMs, (session) => this.#late(session))
    this.#journal = new Journal(context.storage.sql)
    this.#flusher = this.#newFlusher()
    for (const socket of sockets) this.#expectHello(socket)
  }

  /**
   * Must be awaited before any event, so that a commit and the alarm for its flush are written in the same
   * turn or not at all.
   */
  start(): Promise<void> {
    return this.#clock.read()
  }

  get journal(): Journal {
    return this.#journal
  }

  /** The room, if it is in memory. */
  get live(): LiveRoom | null {
    return this.#live
  }

  /** Postgres has every commit up to this seq; null without Postgres. */
  get flushedSeq(): number | null {
    return this.#flusher === null ? null : this.#journal.flushedSeq
  }

  /** Why the last flush failed; null if it succeeded. */
  get flushError(): { readonly kind: string; readonly message: string } | null {
    return this.#flusher?.error ?? null
  }

  // ── joining and leaving ─────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Runs `work` with the room, or with null if there is no such room. The room is not evicted meanwhile.
   * @throws StoreError if the room could not be loaded; whatever `work` throws
   */
  visit<T>(room: string, work: (live: LiveRoom | null) => Promise<T>): Promise<T> {
    return this.#stay(async () => work(await this.#load(room)))
  }

  /**
   * Creates the room with its first files, all or nothing. To be called within `visit`, when that found no
   * room.
   * @param files is emptied
   * @param now Unix ms
   * @throws ImportError if the room refuses a file
   */
  async make(room: string, files: NewFile[], policy: Policy, now: number): Promise<void> {
    this.#fill(() => {
      this.#journal.create(room, crypto.randomUUID(), now, policy, this.#newWriter())
      this.#journal.leftAt = now
      importFiles(files, this.#journal, this.#settings, this.#commitContext)
    })
    this.#origin = 'creation'
    await this.#schedule()
  }

  /**
   * Adds a session for an accepted socket. If too many sockets have not said hello yet, the oldest of them
   * is closed.
   */
  admit(session: Session): void {
    const goes = whoMakesWay(this.#deadlines.silent(), session, this.#settings.limits)
    this.sessions.add(session)
    this.#liveness.connected(Date.now())
    this.#expectHello(session.socket)
    this.#emit({ type: 'connected', who: session.who, connections: this.sessions.size })
    if (goes !== null) this.#awake().leave(goes, CLOSE.tooManySilent)
  }

  /** A frame from an admitted socket. */
  receive(socket: RoomSocket, frame: unknown): void {
    const session = this.sessions.get(socket)
    if (session === undefined) return
    const isTime = this.#liveness.heard(session, Date.now())
    this.#awake().inbound.receive(session, frame)
    if (isTime) this.#sendAway()
  }

  /** A socket closed or was lost. */
  gone(socket: RoomSocket): void {
    const session = this.sessions.closing(socket)
    if (session === undefined) return
    this.#awake().closed(session)
  }

  // ── the alarm ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The alarm fired: does whatever is due, and sets the alarm for what comes next. */
  async alarm(): Promise<void> {
    this.#clock.cleared()
    let least = 0
    try {
      if (this.#journal.isRoom) {
        this.#sendAway()
        const due = this.#flusher?.due(this.sessions.size)
        if (due != null && due <= Date.now() + EARLY_MS) await this.flush()
        await this.#evictIfDue()
      }
    } catch (error) {
      // The platform gives up on an alarm after six failures; rescheduling here retries without limit. A
      // StoreError was already emitted by the flusher.
      if (!(error instanceof StoreError)) this.#emit({ type: 'failed', task: 'alarm', error })
      least = Date.now() + this.#settings.flush.retryMs
    }
    await this.#schedule(least)
  }

  /**
   * Flushes to Postgres, as far as the flush budget allows.
   * @param again also retries files that Postgres refused before
   * @returns whether anything was written
   * @throws StoreError if the store did not accept it
   */
  async flush(again = false): Promise<boolean> {
    if (this.#flusher === null) return false
    this.#awake().checkpoint()
    const isWritten = await this.#flusher.flush(again)
    // Prune only when the database has just proved that it has the commits.
    if (isWritten) this.#journal.prune(this.#settings.tailCommits)
    return isWritten
  }

  /**
   * Like `flush`, for a caller who then reports what Postgres has: if there is nothing to write, verifies
   * what is stored.
   * @throws StoreError if the store rejects the write or cannot be read
   */
  async save(): Promise<void> {
    if (this.#flusher === null || (await this.flush(true)) || this.#journal.isDirty()) return
    if (!(await this.#flusher.confirm())) await this.flush()
  }

  /** Closes the sessions that are expired or silent. */
  #sendAway(): void {
    for (const { session, why } of this.#liveness.gone(Date.now())) this.#awake().leave(session, why)
  }

  // ── internal ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Runs async work, and keeps the room from being evicted meanwhile. */
  async #stay<T>(work: () => Promise<T>): Promise<T> {
    this.#visits++
    try {
      return await work()
    } finally {
      this.#visits--
      // No eviction was scheduled meanwhile.
      if (this.#visits === 0 && this.sessions.size === 0) this.#context.waitUntil(this.#schedule())
    }
  }

  /**
   * The room, from its journal or, if this object has none, from Postgres. Concurrent callers share one
   * load.
   */
  async #load(room: string): Promise<LiveRoom | null> {
    await this.#deleting
    if (this.#journal.isRoom) return this.#awake()
    this.#loading ??= this.#restore(room)
      .catch((error: unknown) => {
        this.#listener?.({ type: 'failed', task: 'load', error }, room)
        throw error
      })
      .finally(() => {
        this.#loading = null
      })
    return this.#loading
  }

  async #restore(room: string): Promise<LiveRoom | null> {
    const newWriter = () => this.#newWriter()
    const tell = (event: RoomEvent) => this.#listener?.(event, room)
    const stored = this.#store === null ? null : await storedRoom(this.#store, room, newWriter, tell)
    if (this.#journal.isRoom) return this.#awake()
    if (stored === null) return null
    this.#fill(() => {
      this.#journal.restore(stored, this.#newWriter())
      this.#journal.leftAt = Date.now()
    })
    this.#origin = 'database'
    await this.#schedule()
    return this.#awake()
  }

  #newWriter(): string {
    return `${this.#settings.environment}:${crypto.randomUUID()}`
  }

  /** Writes a new room to the journal, all or nothing. */
  #fill(work: () => void): void {
    try {
      this.#context.storage.transactionSync(work)
    } catch (error) {
      // The journal object remembers what was rolled back: replace it.
      this.#openJournal()
      throw error
    }
  }

  #openJournal(): void {
    this.#journal = new Journal(this.#context.storage.sql)
    this.#flusher = this.#newFlusher()
  }

  #awake(): LiveRoom {
    if (this.#live !== null) return this.#live
    this.#live = new LiveRoom(
      this.#journal,
      this.sessions,
      this.#settings,
      this.#store,
      {
        ...this.#commitContext,
        stay: (work) => this.#stay(work),
        identify: (token) => this.#identify(token, this.#journal.room),
      },
      (event) => this.#emit(event),
    )
    if (this.#listener !== null) this.#emit(this.#opened(this.#live))
    return this.#live
  }

  #opened({ authority }: LiveRoom): RoomEvent {
    const { seq, files } = authority.state
    const stored = { flushed: this.flushedSeq, dirtySince: this.#flusher?.typing.dirtySince ?? null }
    const sizes = { connections: this.sessions.size, files: files.size, bytes: files.bytes }
    return { type: 'opened', from: this.#origin, seq, ...stored, ...sizes }
  }

  get #commitContext(): CommitContext {
    const { storage } = this.#context
    return {
      later: (ms, callback) => {
        setTimeout(callback, ms)
      },
      atomically: (work) => storage.transactionSync(work),
      durable: () => storage.sync(),
      abort: (reason) => {
        this.#emit({ type: 'aborted', reason })
        this.#context.abort(reason)
      },
    }
  }

  /** Something happened in the room: schedules what became due by it, and passes it to the listener. */
  #emit(event: RoomEvent): void {
    this.#happened(event)
    this.#listener?.(event, this.#journal.room)
    if (event.type === 'left' && this.sessions.size === 0) this.#emptied()
  }

  #happened(event: RoomEvent): void {
    if (event.type === 'joined' || event.type === 'renewed') {
      this.#deadlines.clear(event.who.session)
      // One more session to watch, or one that expires later.
      this.#context.waitUntil(this.#schedule())
      return
    }
    if (event.type === 'left') this.#deadlines.clear(event.who.session)
    else if (event.type !== 'committed') return
    // Without Postgres there is neither flush nor eviction.
    if (this.#flusher === null) return
    const { unflushedBytes } = this.#journal
    const now = Date.now()
    const pauseMs = this.#flusher.typing.pauseMs(now)
    if (!isEarlyEnough(this.#clock.time, pauseMs, unflushedBytes, this.#settings.flush, now))
      this.#context.waitUntil(this.#schedule())
  }

  #expectHello(socket: RoomSocket): void {
    const session = this.sessions.get(socket)
    if (session !== undefined && session.identity === null) this.#deadlines.expect(session)
  }

  #late(session: Session): void {
    // A hello counts as in time if it has arrived but is not handled yet, or waits for commits to be
    // fetched.
    this.#live?.takeArrived()
    if (session.identity !== null || session.waiting !== null || !this.sessions.has(session)) return
    this.#awake().leave(session, CLOSE.helloTimeout)
  }

  /** After the last session left: flush at once, and evict once the grace period is over. */
  #emptied(): void {
    this.#emit({ type: 'emptied' })
    try {
      this.#journal.leftAt = Date.now()
    } catch (error) {
      // The room may then be let go sooner or later than it should, which costs a load at most. Whoever ended
      // the last session could do nothing about it either.
      this.#emit({ type: 'failed', task: 'grace', error })
    }
    this.#context.waitUntil(this.#schedule())
  }

  #evictionDue(): number | null {
    if (this.#flusher === null) return null
    const { isStored, leftAt } = this.#journal
    const users = { connections: this.sessions.size, calls: this.#visits }
    const occupancy = { ...users, isStored, leftAt, askAt: this.#flusher.retryAt }
    return evictionDue(occupancy, this.#settings.graceMs, Date.now())
  }

  /** Deletes the storage of an empty room. A caller meanwhile waits, then loads the room from Postgres. */
  async #evictIfDue(): Promise<void> {
    if (!this.#mayBeEvicted() || this.#flusher === null) return
    // Verify what Postgres has: nothing is deleted on a belief.
    if (!(await this.#flusher.confirm())) return
    // An open batch becomes a commit first; the room then stays until that is flushed.
    this.#live?.sealNow()
    if (!this.#mayBeEvicted()) return
    this.#live?.end()
    const { room, seq } = this.#journal
    this.#deleting = this.#context.storage.deleteAll().finally(() => {
      this.#deleting = null
      this.#live = null
      this.#openJournal()
      this.#clock.cleared()
    })
    await this.#deleting
    this.#listener?.({ type: 'let_go', seq }, room)
  }

  #mayBeEvicted(): boolean {
    const due = this.#evictionDue()
    return due !== null && due <= Date.now() + EARLY_MS
  }

  /**
   * Sets the alarm for the next flush, eviction or liveness check.
   * @param least not before this time, Unix ms
   */
  async #schedule(least = 0): Promise<void> {
    if (!this.#journal.isRoom) return
    const flush = this.#flusher?.due(this.sessions.size) ?? null
    // Reads the disk, which is not done for every commit: what has to be flushed is not let go.
    const eviction = flush === null ? this.#evictionDue() : null
    await this.#clock.setFor({ flush, eviction, liveness: this.#liveness.due(this.#committedAt) }, least)
  }

  /** When the last commit was made, Unix ms; 0 if that is unknown. */
  get #committedAt(): number {
    return this.#journal.log.committedAt(this.#journal.seq) ?? 0
  }

  #newFlusher(): Flusher | null {
    if (this.#store === null) return null
    return new Flusher(this.#journal, this.#store, this.#settings.flush, this.#lease, (event) =>
      this.#emit(event),
    )
  }
}
