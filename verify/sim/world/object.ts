/**
 * One life of the room's object on a platform that fails: the room's real lifecycle on a disk, an alarm and
 * a database of the simulator. It makes no decisions. Only what is on the disk, in the sockets' attachments
 * and in the database survives a life.
 */

import { DEFAULT_POLICY } from '../../../core/model/policy.ts'
import { CLOSE } from '../../../core/protocol/codes.ts'
import type { FileInfo, Policy } from '../../../core/protocol/messages.ts'
import { logEvent } from '../../../durable-objects/events/log.ts'
import type { Lease } from '../../../durable-objects/flush/lease.ts'
import { TextLost } from '../../../durable-objects/journal/archive-loader.ts'
import type { NewFile } from '../../../durable-objects/room/import.ts'
import { Lifecycle, type ObjectContext } from '../../../durable-objects/room/lifecycle.ts'
import type { LiveRoom } from '../../../durable-objects/room/live-room.ts'
import { Session } from '../../../durable-objects/sessions/session.ts'
import type { Settings } from '../../../durable-objects/settings/settings.ts'
import { StoreError } from '../../../schema/store.ts'
import { personOf } from '../../../test/support/person.ts'
import type { Tally } from '../tally.ts'
import type { Database } from './database.ts'
import type { Disk } from './disk.ts'
import type { Link } from './link.ts'
import type { Machine } from './virtual-time.ts'

export const ROOM = 'world'
/** A policy with an owner, so that it can be changed. */
export const FIRST_POLICY: Policy = { ...DEFAULT_POLICY, owner: 'person-0' }

export interface Platform {
  readonly disk: Disk
  readonly database: Database
  readonly settings: Settings
  readonly tally: Tally
  /** ms that deleting the storage takes */
  readonly deleteMs: number
  /** Everything that follows in this event belongs to this machine, above all its timers. */
  enter(machine: Machine): void
  /** Continues work that nobody waits for. */
  background(work: Promise<unknown>): void
  /** ms after which the flush budget lets the room ask again; null if it lets it flush */
  leaseRetryMs(): number | null
}

/** A flush budget that sends rooms away as often as the platform says. */
class BusyLease implements Lease {
  retryAt = 0
  readonly #platform: Platform

  constructor(platform: Platform) {
    this.#platform = platform
  }

  async run(_: string, work: () => Promise<unknown>): Promise<boolean> {
    const retryMs = this.#platform.leaseRetryMs()
    this.retryAt = retryMs === null ? 0 : Date.now() + retryMs
    if (retryMs !== null) return false
    await work()
    return true
  }
}

export class ObjectLife {
  readonly machine: Machine
  readonly #platform: Platform
  readonly #life: Lifecycle
  #isStarted = false
  #hadEvents = false
  /** Events under way. */
  #busy = 0
  /** Its storage is being deleted. */
  isDeleting = false
  /** The object aborted: the platform ends it after this turn. */
  aborted: string | null = null

  /**
   * @param machine owns this life's timers; its code runs on that machine
   * @param links connections whose sockets outlived the object's last hibernation
   */
  constructor(platform: Platform, machine: Machine, links: readonly Link[]) {
    this.#platform = platform
    this.machine = machine
    const sockets = links.map((link) => link.room)
    const store = platform.database.storeOf(machine, platform.disk)
    const lease = new BusyLease(platform)
    const identify = async () => CLOSE.unauthenticated
    const { settings } = platform
    this.#life = new Lifecycle(this.#context(), sockets, store, settings, lease, identify, logEvent)
    const started = () => {
      this.#isStarted = true
    }
    platform.background(this.#life.start().then(started))
  }

  get journal() {
    return this.#life.journal
  }

  /** Why its last flush failed. */
  get flushError() {
    return this.#life.flushError
  }

  get live(): LiveRoom | null {
    return this.#life.live
  }

  /** Whether nothing is under way that would keep the object from hibernating. */
  get isAtRest(): boolean {
    const { database, disk } = this.#platform
    const isIdle = this.#busy === 0 && database.underWay === 0 && disk.isDurable
    return isIdle && this.live?.isIdle !== false
  }

  /** Whether it has seen the last person leave. */
  get isDeserted(): boolean {
    return this.#hadEvents && this.#life.sessions.size === 0
  }

  // ── calls and events ────────────────────────────────────────────────────────────────────────────────────

  make(first: NewFile[]): Promise<void> {
    return this.#visit(async () => this.#life.make(ROOM, first, FIRST_POLICY, Date.now()))
  }

  /** A connection arrives. If the room cannot be loaded, it is closed with 1013. */
  async connect(link: Link): Promise<void> {
    try {
      await this.#visit(async (live) => {
        if (live === null) return link.refuse(CLOSE.noSuchRoom)
        if (!link.isConnecting) return
        link.accept()
        this.#life.admit(Session.start(link.room, personOf(link.user), Date.now()))
      })
    } catch (error) {
      this.#platform.tally.add('connections refused (1013)')
      link.refuse(CLOSE.tryAgain)
      if (!(error instanceof StoreError)) throw error
    }
  }

  message(link: Link, data: string): void {
    this.#event()
    this.#life.receive(link.room, data)
  }

  closed(link: Link): void {
    this.#event()
    this.#life.gone(link.room)
  }

  async alarm(): Promise<void> {
    this.#event()
    const { tail } = this.journal
    await this.#during(this.#life.alarm())
    if (this.journal.tail > tail) this.#platform.tally.add('journals pruned')
  }

  /** All files, as the API lists them. */
  async files(): Promise<FileInfo[]> {
    return this.#visit(async (live) => live?.files() ?? [])
  }

  /** The committed text at a path, as the API reads it. */
  async read(path: string): Promise<string | null> {
    return this.#visit(async (live) => {
      const file = live?.authority.state.files.atPath(path)?.file
      if (live === null || file === undefined) return null
      try {
        await live.prepareText(file)
      } catch (error) {
        if (error instanceof TextLost) return null
        throw error
      }
      return live.textOf(file)?.text ?? null
    })
  }

  // ── internals ──────────────────────────────────────────────────────────────────────────────────────────

  #visit<T>(work: (live: LiveRoom | null) => Promise<T>): Promise<T> {
    this.#event()
    return this.#during(this.#life.visit(ROOM, work))
  }

  /** The platform holds events back until the object has started. */
  #event(): void {
    if (!this.#isStarted) throw new Error('an event arrives before the object has started')
    this.#hadEvents = true
  }

  async #during<T>(work: Promise<T>): Promise<T> {
    this.#busy++
    try {
      return await work
    } finally {
      this.#busy--
    }
  }

  #context(): ObjectContext {
    const { disk, deleteMs, tally, enter, background } = this.#platform
    return {
      storage: {
        ...disk.alarmOf(this.machine),
        sql: disk.sqlOf(this.machine),
        transactionSync: (work) => disk.transaction(work),
        sync: () =>
          new Promise((resolve) =>
            disk.whenDurable(() => {
              enter(this.machine)
              resolve()
            }),
          ),
        deleteAll: async () => {
          this.isDeleting = true
          await new Promise<void>((resolve) => setTimeout(resolve, deleteMs))
          disk.wipe()
          this.isDeleting = false
          tally.add('evictions')
        },
      },
      abort: (reason) => {
        this.aborted ??= reason
      },
      waitUntil: background,
      pingedAt: () => 0,
    }
  }
}
