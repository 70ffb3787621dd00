/**
 * The shell of the room's object as the platform runs it: the same steps as the real shell, over a disk, a database and an
 * alarm that can fail, and able to die between any two turns. Only what is on the disk, in the sockets' attachments
 * and in the database survives.
 */
import { CLOSE } from '../../core/protocol/codes.ts'
import { AlarmClock } from '../../durable-objects/alarm-clock.ts'
import { Flusher } from '../../durable-objects/flusher.ts'
import { Journal } from '../../durable-objects/journal.ts'
import { LiveRoom } from '../../durable-objects/live-room.ts'
import { Session, Sessions } from '../../durable-objects/sessions.ts'
import type { Settings } from '../../durable-objects/settings.ts'
import { type FileStore, StoreError } from '../../schema/store.ts'
import type { Database } from './database.ts'
import type { Disk } from './disk.ts'
import type { Link } from './link.ts'
import type { Tally } from './tally.ts'
import type { Machine } from './virtual-time.ts'

export const ROOM = 'world'

export interface Platform {
  readonly disk: Disk
  readonly database: Database
  readonly settings: Settings
  readonly tally: Tally
  /** ms that deleting the storage takes */
  readonly deleteMs: number
}

/** One life of the object. */
export class ObjectLife {
  readonly machine: Machine
  readonly #platform: Platform
  readonly #sessions: Sessions
  readonly #store: FileStore
  readonly #clock: AlarmClock
  readonly #bySocket = new Map<unknown, Link>()
  #journal: Journal
  #flusher: Flusher
  #live: LiveRoom | null = null
  #loading: Promise<LiveRoom | null> | null = null
  #deleting: Promise<void> | null = null
  #visitors = 0
  #waiting = 0
  /** The object gave up: the platform ends it after this turn. */
  aborted: string | null = null

  /**
   * @param machine whose timers this life's are; its code runs as that machine's
   * @param links those whose sockets outlived the object's last sleep
   */
  constructor(platform: Platform, machine: Machine, links: readonly Link[]) {
    this.#platform = platform
    this.machine = machine
    const { disk, database } = platform
    this.#store = database.storeOf(this.machine, disk)
    this.#clock = new AlarmClock(disk.alarmOf(this.machine))
    this.#sessions = new Sessions(links.map((link) => link.room))
    for (const link of links) this.#bySocket.set(link.room, link)
    this.#journal = this.#openJournal()
    this.#flusher = this.#newFlusher()
    for (const link of links) this.#expectHello(link)
  }

  get journal(): Journal {
    return this.#journal
  }

  get live(): LiveRoom | null {
    return this.#live
  }

  /** Whether nothing is under way that would keep the object from hibernating. */
  get isAtRest(): boolean {
    const { database, disk } = this.#platform
    const idle = this.#visitors === 0 && this.#waiting === 0 && database.underWay === 0 && disk.isDurable
    return idle && this.#live?.authority.hasBatch !== true && this.#deleting === null
  }

  // ── calls and events ────────────────────────────────────────────────────────────────────────────────────────────

  /** A connection comes. Where the room cannot be loaded it is closed with 1013. */
  async connect(link: Link): Promise<void> {
    try {
      await this.visit(async (live) => {
        if (live === null) return link.refuse(CLOSE.noSuchRoom)
        if (!link.isConnecting) return
        link.accept()
        this.#bySocket.set(link.room, link)
        this.#sessions.add(Session.start(link.room, { user: link.user, name: link.user }))
        this.#expectHello(link)
      })
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      this.#platform.tally.add('connections refused (1013)')
      link.refuse(CLOSE.tryAgain)
    }
  }

  message(link: Link, data: string): void {
    const session = this.#sessions.get(link.room)
    if (session === undefined) return
    this.#awake().receive(session, data)
    this.#checkEmpty()
  }

  closed(link: Link): void {
    const session = this.#sessions.closing(link.room)
    if (session === undefined) return
    this.#awake().leave(session)
    this.#checkEmpty()
  }

  async alarm(): Promise<void> {
    this.#clock.cleared()
    this.#waiting++
    try {
      if (this.#journal.isRoom) {
        const due = this.#flusher.due(this.#sessions.size)
        if (due != null && due <= Date.now()) await this.#flush()
        await this.#leaveIfDue()
      }
    } catch (error) {
      console.error(`alarm: ${String(error)}`)
    } finally {
      this.#waiting--
    }
    await this.#schedule()
  }

  /** The committed text at a path, as the API reads it. */
  async read(path: string): Promise<string | null> {
    return this.visit(async (live) => {
      const file = live?.authority.state.files.atPath(path)?.file
      if (live === null || file === undefined) return null
      await live.prepareText(file)
      return live.textOf(file)?.text ?? null
    })
  }

  /** Runs `work` with the room, null when there is none, and keeps it from being let go meanwhile. */
  async visit<T>(work: (live: LiveRoom | null) => Promise<T>): Promise<T> {
    this.#visitors++
    try {
      return await work(await this.#load())
    } finally {
      this.#visitors--
    }
  }

  // ── inside, as in the real shell ────────────────────────────────────────────────────────────────────────────────

  async #load(): Promise<LiveRoom | null> {
    await this.#deleting
    if (this.#journal.isRoom) return this.#awake()
    this.#loading ??= this.#restore().finally(() => {
      this.#loading = null
    })
    return this.#loading
  }

  async #restore(): Promise<LiveRoom | null> {
    const stored = await this.#store.load(ROOM)
    if (this.#journal.isRoom) return this.#awake()
    if (stored === null) return null
    this.#journal.restore(stored)
    this.#journal.leftAt = Date.now()
    this.#platform.tally.add('returns from the store')
    await this.#schedule()
    return this.#awake()
  }

  #awake(): LiveRoom {
    this.#live ??= new LiveRoom(this.#journal, this.#sessions, this.#platform.settings, {
      archive: this.#store,
      later: (ms, callback) => {
        setTimeout(callback, ms)
      },
      durable: () => new Promise((resolve) => this.#platform.disk.whenDurable(resolve)),
      abort: (reason) => {
        this.aborted ??= reason
      },
      changed: () => {
        const { idleMs, maxAgeMs } = this.#platform.settings.flush
        if (!this.#clock.isSetBy(Date.now() + Math.min(idleMs, maxAgeMs))) this.#background(this.#schedule())
      },
    })
    return this.#live
  }

  #expectHello(link: Link): void {
    const session = this.#sessions.get(link.room)
    if (session === undefined || session.identity !== null) return
    setTimeout(() => {
      if (session.identity !== null || !this.#sessions.delete(session)) return
      session.close(CLOSE.helloTimeout)
      this.#checkEmpty()
    }, this.#platform.settings.limits.helloMs)
  }

  #checkEmpty(): void {
    if (this.#sessions.size > 0) return
    this.#journal.leftAt = Date.now()
    this.#background(this.#schedule())
  }

  async #flush(): Promise<void> {
    this.#awake().checkpoint()
    await this.#flusher.flush()
    const { tail } = this.#journal
    this.#journal.prune(this.#platform.settings.tailCommits)
    if (this.#journal.tail > tail) this.#platform.tally.add('journals pruned')
  }

  #leaveDue(): number | null {
    const { isRoom, leftAt, seq, flushedSeq, setAside } = this.#journal
    if (!isRoom || this.#sessions.size > 0 || flushedSeq < seq || setAside.length > 0) return null
    return (leftAt ?? Date.now()) + this.#platform.settings.graceMs
  }

  async #leaveIfDue(): Promise<void> {
    const due = this.#leaveDue()
    if (due === null || due > Date.now() || this.#visitors > 0) return
    this.#deleting = this.#deleteAll().finally(() => {
      this.#deleting = null
      this.#live = null
      this.#journal = this.#openJournal()
      this.#flusher = this.#newFlusher()
      this.#clock.cleared()
    })
    await this.#deleting
  }

  async #deleteAll(): Promise<void> {
    await new Promise<void>((resolve) => setTimeout(resolve, this.#platform.deleteMs))
    this.#platform.disk.wipe()
    this.#platform.tally.add('evictions')
  }

  async #schedule(): Promise<void> {
    if (!this.#journal.isRoom) return
    const due = this.#flusher.due(this.#sessions.size) ?? this.#leaveDue()
    if (due !== null) await this.#clock.ensure(due)
  }

  /** Work that nobody waits for: when the disk fails under it, the object ends anyway. */
  #background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#platform.disk.broken) throw error
    })
  }

  #openJournal(): Journal {
    return new Journal(this.#platform.disk.sqlOf(this.machine))
  }

  #newFlusher(): Flusher {
    return new Flusher(this.#journal, this.#store, this.#platform.settings.flush, async (_since, work) => {
      await work()
      return { done: true }
    })
  }
}
