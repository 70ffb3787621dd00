/**
 * The life of a room in its object: it comes, from the journal or the lasting copy; people are admitted, and leave; it is
 * flushed, and let go. Whatever is decided about that is decided here, and the simulator runs this very class.
 *
 * Invariants. A room is loaded whole or not at all: a load that fails throws, and never becomes an empty room. The storage
 * is deleted only when the lasting copy has everything and nobody is here or asks. Whatever is still to be done, an alarm
 * is set for it, also after a failure. It knows no request and no upgrade; sockets, storage and store are handed in.
 */

import type { Person } from '../../auth/principal.ts'
import { whoMakesWay } from '../../core/limits/connection-limits.ts'
import { hasTwins, movedApart } from '../../core/model/apart.ts'
import { faultOf } from '../../core/model/stored-room.ts'
import { CLOSE, type CloseReason } from '../../core/protocol/codes.ts'
import type { Policy } from '../../core/protocol/messages.ts'
import { cleaning } from '../../schema/statements/cleaning.ts'
import { type FileStore, type StoredRoom, StoreError } from '../../schema/store.ts'
import { Flusher, type TakeLease } from '../flush/flusher.ts'
import { Journal } from '../journal/journal.ts'
import type { Sql } from '../journal/sql.ts'
import { HelloDeadlines } from '../sessions/hello-deadlines.ts'
import { Liveness } from '../sessions/liveness.ts'
import { type RoomSocket, type Session, Sessions } from '../sessions/sessions.ts'
import type { Settings } from '../settings/settings.ts'
import { AlarmClock, type AlarmStorage } from './alarm-clock.ts'
import type { CommitContext } from './commit-pipeline.ts'
import type { RoomEvent } from './events.ts'
import { importFiles, type NewFile } from './import.ts'
import { LiveRoom } from './live-room.ts'

/** The part of an object's storage that a room needs. */
export interface ObjectStorage extends AlarmStorage {
  readonly sql: Sql
  /** What `work` writes is kept or lost together. */
  transactionSync<T>(work: () => T): T
  /** Resolves when everything written so far is durable. */
  sync(): Promise<void>
  deleteAll(): Promise<void>
}

/** The part of the platform's object that a room needs. */
export interface ObjectContext {
  readonly storage: ObjectStorage
  /** Ends the object: memory is ahead of the storage and must go. */
  abort(reason: string): void
  /** Goes on with work that nobody waits for. */
  waitUntil(work: Promise<unknown>): void
  /** When the platform last answered a ping of this socket by itself, in ms since the epoch of Unix; 0 when it never did. */
  pingedAt(socket: RoomSocket): number
}

/** What a token says in this room, or why it says nothing. */
export type Identify = (token: string, room: string) => Promise<Person | CloseReason>

export class Lifecycle {
  readonly sessions: Sessions
  readonly #context: ObjectContext
  readonly #store: FileStore | null
  readonly #settings: Settings
  readonly #takeLease: (room: string) => TakeLease
  readonly #identify: Identify
  readonly #liveness: Liveness
  readonly #clock: AlarmClock
  readonly #deadlines: HelloDeadlines
  #journal: Journal
  #flusher: Flusher | null
  #live: LiveRoom | null = null
  #loading: Promise<LiveRoom | null> | null = null
  /** The storage is being deleted: whoever comes waits for that, and then for the room to come back. */
  #deleting: Promise<void> | null = null
  /** What is under way that needs the room, or may be about to. */
  #visits = 0

  /**
   * @param sockets those that outlived the object's last sleep
   * @param store the lasting copy; null when there is none
   * @param permit the flush budget, as the room of this name meets it
   * @param identify reads tokens that are shown to a room that is awake
   */
  constructor(
    context: ObjectContext,
    sockets: readonly RoomSocket[],
    store: FileStore | null,
    settings: Settings,
    takeLease: (room: string) => TakeLease,
    identify: Identify,
  ) {
    this.#context = context
    this.#store = store
    this.#settings = settings
    this.#takeLease = takeLease
    this.#identify = identify
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

  /** To be awaited before any event, so that a commit and the alarm for its flush are written in one turn, or neither is. */
  start(): Promise<void> {
    return this.#clock.read()
  }

  get journal(): Journal {
    return this.#journal
  }

  /** The room when it is awake. */
  get live(): LiveRoom | null {
    return this.#live
  }

  /** Up to which commit the lasting copy is complete; null when there is none. */
  get flushedSeq(): number | null {
    return this.#flusher === null ? null : this.#journal.flushedSeq
  }

  /** Why the last flush failed; null when it did not. */
  get flushError(): { readonly kind: string; readonly message: string } | null {
    return this.#flusher?.error ?? null
  }

  // ── who comes and goes ──────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Runs `work` with the room, or with null when there is no such room, and keeps it from being let go meanwhile.
   * @throws StoreError when the room could not be loaded; what `work` throws
   */
  visit<T>(room: string, work: (live: LiveRoom | null) => Promise<T>): Promise<T> {
    return this.#stay(async () => work(await this.#load(room)))
  }

  /**
   * Makes the room with its first files, all or nothing. For a visitor who found none.
   * @param files is empty afterwards @param now Unix ms
   * @throws ImportError where the room refuses a file
   */
  async make(room: string, files: NewFile[], policy: Policy, now: number): Promise<void> {
    this.#fill(() => {
      this.#journal.create(room, crypto.randomUUID(), now, policy, this.#newWriter())
      this.#journal.leftAt = now
      importFiles(files, this.#journal, this.#settings, this.#commitContext)
    })
    await this.#schedule()
  }

  /**
   * A visitor stays, behind a socket of its own. Where too many have not said hello, the oldest of them
   * makes way.
   */
  admit(session: Session): void {
    const goes = whoMakesWay(this.#deadlines.silent(), session, this.#settings.limits)
    if (goes !== null) {
      this.#deadlines.clear(goes.socket)
      this.sessions.delete(goes)
      goes.close(CLOSE.tooManySilent)
    }
    this.sessions.add(session)
    this.#expectHello(session.socket)
  }

  /** A frame of a socket that was admitted. */
  receive(socket: RoomSocket, frame: unknown): void {
    const session = this.sessions.get(socket)
    if (session === undefined) return
    this.#awake().receive(session, frame)
  }

  /** A socket closed, or was lost. */
  gone(socket: RoomSocket): void {
    this.#deadlines.clear(socket)
    const session = this.sessions.closing(socket)
    if (session === undefined) return
    this.#awake().closed(session)
  }

  // ── what is done in time ────────────────────────────────────────────────────────────────────────────────────────

  /** The alarm went off: whatever is due is done, and the alarm set for what comes next. */
  async alarm(): Promise<void> {
    this.#clock.cleared()
    let least = 0
    try {
      if (this.#journal.isRoom) {
        this.#sendAway()
        const due = this.#flusher?.due(this.sessions.size)
        if (due != null && due <= Date.now()) await this.flush()
        await this.#leaveIfDue()
      }
    } catch (error) {
      // The platform drops an alarm after six failures; this one comes back by itself, however often. The flusher has
      // said what the store answered.
      if (!(error instanceof StoreError))
        console.error(`room ${this.#journal.room}: the alarm failed: ${String(error)}`)
      least = Date.now() + this.#settings.flush.retryMs
    }
    await this.#schedule(least)
  }

  /**
   * Brings what there is to the lasting copy, as far as the flush budget allows.
   * @param again whether files that it refused before are to be tried too
   * @returns whether there was anything to write, and it is written
   * @throws StoreError when the store did not take it
   */
  async flush(again = false): Promise<boolean> {
    if (this.#flusher === null) return false
    this.#awake().checkpoint()
    const isWritten = await this.#flusher.flush(again)
    // Commits go only when the database has just shown that it has them.
    if (isWritten) this.#journal.prune(this.#settings.tailCommits)
    return isWritten
  }

  /**
   * As `flush`, for somebody who is told afterwards what the lasting copy has: where nothing is to be written, it is asked whether it is so.
   * @throws StoreError when the store did not take or say it
   */
  async save(): Promise<void> {
    if (this.#flusher === null || (await this.flush(true)) || this.#journal.isDirty()) return
    if (!(await this.#flusher.confirm())) await this.flush()
  }

  /** Those who have to go without having left. */
  #sendAway(): void {
    for (const { session, why } of this.#liveness.gone(Date.now())) {
      session.close(why)
      this.#awake().leave(session)
    }
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Does work that takes its time, and keeps the room from being let go meanwhile. */
  async #stay<T>(work: () => Promise<T>): Promise<T> {
    this.#visits++
    try {
      return await work()
    } finally {
      this.#visits--
      // Meanwhile nothing was set for letting go.
      if (this.#visits === 0 && this.sessions.size === 0) this.#context.waitUntil(this.#schedule())
    }
  }

  /** The room, from its journal or, when this object has none, from the lasting copy. Those who come together load once. */
  async #load(room: string): Promise<LiveRoom | null> {
    await this.#deleting
    if (this.#journal.isRoom) return this.#awake()
    this.#loading ??= this.#restore(room)
      .catch((error: unknown) => {
        console.error(`room ${room} could not be loaded: ${String(error)}`)
        throw error
      })
      .finally(() => {
        this.#loading = null
      })
    return this.#loading
  }

  async #restore(room: string): Promise<LiveRoom | null> {
    const stored = await this.#stored(room)
    if (this.#journal.isRoom) return this.#awake()
    if (stored === null) return null
    this.#fill(() => {
      this.#journal.restore(stored, this.#newWriter())
      this.#journal.leftAt = Date.now()
    })
    await this.#schedule()
    return this.#awake()
  }

  /**
   * What is stored of the room. A room that was let go is stored whole. Where its storage was lost instead, what is stored may be no
   * moment of its log: a flush broke off and left commits and files above the room's seq, which are removed before anything is read, or
   * files were set aside and are missing, or stand at a path that another has taken since: then the older one moves beside it.
   * The room gets another epoch, so that nobody resumes into a state that they do not have.
   */
  async #stored(room: string): Promise<StoredRoom | null> {
    const stored = (await this.#store?.load(room)) ?? null
    if (this.#store === null || stored === null) return stored
    const fault = faultOf(stored)
    if (fault !== null) {
      console.error(`ROOM ${room} CANNOT BE LOADED: its rows in the database were changed by hand: ${fault}.`)
      throw new StoreError('refused', 'the rows of this room cannot be read', { where: fault })
    }
    // Where the last commit is nowhere, nothing tells it from another one of its seq.
    const isNameless = stored.seq > 0 && stored.lastAt === null
    // Then its files may be of different moments.
    const isMixed = stored.hasMore || stored.setAside > 0 || hasTwins(stored.files)
    if (!isMixed && !isNameless) return stored
    if (stored.hasMore)
      console.error(`room ${room}: a flush broke off after commit ${stored.seq}; what it left is removed`)
    if (stored.setAside > 0)
      console.error(
        `ROOM ${room} COMES BACK WITHOUT WHAT WAS SET ASIDE: ${stored.setAside} of its files were not stored as of commit ${stored.seq}, and the object that had them is gone.`,
      )
    const moved = isMixed ? movedApart(stored.files) : []
    for (const { file, path } of moved)
      console.error(
        `room ${room}: another file is in the way of the path that file ${file} was stored with, so that it comes back as ${JSON.stringify(path)}`,
      )
    const heir = { epoch: crypto.randomUUID(), writer: this.#newWriter() }
    await this.#store.flush(cleaning(stored, heir, moved))
    return this.#store.load(room)
  }

  #newWriter(): string {
    return `${this.#settings.environment}:${crypto.randomUUID()}`
  }

  /** Puts a room into the journal, all of it or nothing. */
  #fill(work: () => void): void {
    try {
      this.#context.storage.transactionSync(work)
    } catch (error) {
      // What it remembers is not written.
      this.#openJournal()
      throw error
    }
  }

  #openJournal(): void {
    this.#journal = new Journal(this.#context.storage.sql)
    this.#flusher = this.#newFlusher()
  }

  #awake(): LiveRoom {
    this.#live ??= new LiveRoom(
      this.#journal,
      this.sessions,
      this.#settings,
      this.#store,
      {
        ...this.#commitContext,
        stay: (work) => this.#stay(work),
        identify: (token) => this.#identify(token, this.#journal.room),
      },
      (event) => this.#happened(event),
    )
    return this.#live
  }

  get #commitContext(): CommitContext {
    const { storage } = this.#context
    return {
      later: (ms, callback) => {
        setTimeout(callback, ms)
      },
      atomically: (work) => storage.transactionSync(work),
      durable: () => storage.sync(),
      abort: (reason) => this.#context.abort(reason),
    }
  }

  /** Sees to what is due after something has happened in the room. */
  #happened(event: RoomEvent): void {
    if (event.type === 'joined') {
      this.#deadlines.clear(event.session.socket)
      // There is somebody more to look after, or for longer.
      this.#context.waitUntil(this.#schedule())
      return
    }
    // An alarm for the next flush comes early enough: it looks again when it fires. One for letting go may not.
    // Without Postgres there is neither.
    const { idleMs, maxAgeMs, maxBytes } = this.#settings.flush
    const ms = this.#journal.unflushedBytes < maxBytes ? Math.min(idleMs, maxAgeMs) : 1
    if (this.#store !== null && !this.#clock.isSetBy(Date.now() + ms))
      this.#context.waitUntil(this.#schedule())
    if (event.type === 'left') this.#checkEmpty()
  }

  #expectHello(socket: RoomSocket): void {
    const session = this.sessions.get(socket)
    if (session !== undefined && session.identity === null) this.#deadlines.expect(session)
  }

  #late(session: Session): void {
    // A hello that is not taken yet, or whose past has to be fetched first, has come in time.
    this.#live?.takeArrived()
    if (session.identity !== null || session.waiting !== null || !this.sessions.delete(session)) return
    session.close(CLOSE.helloTimeout)
    this.#checkEmpty()
  }

  /** The last one left: flush at once, and let go when the grace is over. */
  #checkEmpty(): void {
    if (this.sessions.size > 0) return
    try {
      this.#journal.leftAt = Date.now()
    } finally {
      this.#context.waitUntil(this.#schedule())
    }
  }

  /** When the object may let go of the room: nobody is here or asks, the lasting copy has everything, and the grace is over. */
  #leaveDue(): number | null {
    const isBusy = this.sessions.size > 0 || this.#visits > 0
    if (this.#store === null || isBusy) return null
    const { isRoom, seq, flushedSeq } = this.#journal
    // What has to be read from the disk comes last: this is asked with each commit.
    if (!isRoom || flushedSeq < seq || this.#journal.marks.rewrites) return null
    if (this.#journal.setAside.length > 0) return null
    const now = Date.now()
    const due = Math.min(this.#journal.leftAt ?? now, now) + this.#settings.graceMs
    return Math.max(due, this.#flusher?.retryAt ?? 0)
  }

  /** Deletes the storage of a room that nobody is in. Somebody who comes meanwhile waits, and finds the room in the lasting copy. */
  async #leaveIfDue(): Promise<void> {
    if (!this.#mayLeave() || this.#flusher === null) return
    // Asked once more than a flush would: nothing is deleted on a belief.
    if (!(await this.#flusher.confirm())) return
    // What waits in a batch becomes a commit first, and the room stays until that is flushed.
    this.#live?.sealNow()
    if (!this.#mayLeave()) return
    this.#live?.end()
    this.#deleting = this.#context.storage.deleteAll().finally(() => {
      this.#deleting = null
      this.#live = null
      this.#openJournal()
      this.#clock.cleared()
    })
    await this.#deleting
  }

  #mayLeave(): boolean {
    const due = this.#leaveDue()
    return due !== null && due <= Date.now()
  }

  /** Sets the alarm for what comes next: a flush, letting go, or a look at who is there. @param least ms since the epoch of Unix before which it is not tried */
  async #schedule(least = 0): Promise<void> {
    if (!this.#journal.isRoom) return
    const work = this.#flusher?.due(this.sessions.size) ?? this.#leaveDue()
    const gone = this.#liveness.due
    const due = work === null || gone === null ? (work ?? gone) : Math.min(work, gone)
    if (due !== null) await this.#clock.ensure(Math.max(due, least))
  }

  #newFlusher(): Flusher | null {
    if (this.#store === null) return null
    return new Flusher(this.#journal, this.#store, this.#settings.flush, (since, work) =>
      this.#takeLease(this.#journal.room)(since, work),
    )
  }
}
