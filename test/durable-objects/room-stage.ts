/**
 * A harness for a room's lifecycle: storage, store and sockets that do what a test tells them, with fake
 * time. Everything the room does to the outside is recorded in order.
 */
import { vi } from 'vitest'
import type { Principal } from '../../auth/principal.ts'
import { DEFAULT_POLICY } from '../../core/model/policy.ts'
import { CLOSE, type CloseReason } from '../../core/protocol/codes.ts'
import { lineOf } from '../../durable-objects/events/log.ts'
import type { RoomEvent } from '../../durable-objects/events/room-event.ts'
import type { Lease } from '../../durable-objects/flush/lease.ts'
import type { Sql } from '../../durable-objects/journal/sql.ts'
import { Lifecycle, type ObjectContext } from '../../durable-objects/room/lifecycle.ts'
import { type RoomSocket, Session } from '../../durable-objects/sessions/session.ts'
import { type Settings, type SettingVars, settingsOf } from '../../durable-objects/settings/settings.ts'
import { type FileStore, StoreError } from '../../schema/store.ts'
import { type MemoryStore, memoryStore } from '../../schema/stores/memory.ts'
import { openSqlite } from '../../verify/sim/world/sqlite.ts'
import { personOf } from '../support/person.ts'

export const ROOM = 'staged'
const OPEN = 1
const CLOSED = 3

export class Stage {
  readonly settings: Settings
  /** What Postgres has. */
  readonly truth: MemoryStore
  /** Log of commit rows, frames and alarms, in order. */
  readonly events: string[] = []
  /** What the listener has heard, without the commits, which tests of memory do not want to hold. */
  readonly heard: RoomEvent[] = []
  /** Called with everything that happens. */
  listener: (event: RoomEvent) => void = () => {}
  life: Lifecycle
  /** The id of the room's file. */
  file = ''
  /** Unix ms */
  alarm: number | null = null
  /** Why the object aborted. After that nothing it does has an effect, and nothing reaches it. */
  aborted: string | null = null
  /** Runs before each call of the store, and before the storage is deleted. */
  before: (call: keyof FileStore | 'deleteAll') => Promise<void> = async () => {}
  /** Runs before each answer of the store. */
  after: (call: keyof FileStore) => Promise<void> = async () => {}
  /** The table whose writes fail. */
  refuses: string | null = null
  /** Rows of it that can still be written. */
  takes = 0
  /** When what was written is durable. */
  synced: () => Promise<void> = async () => {}
  /** ms after which the flush budget may be asked again; null if it lets the room flush. */
  budget: () => number | null = () => null
  /** When sockets last pinged. */
  readonly pings = new Map<RoomSocket, number>()
  /** Checks a token. */
  identify: (token: string) => Promise<Principal | CloseReason> = async () => CLOSE.unauthenticated
  #sql = openSqlite()

  /** @param truth shares the store of another stage */
  constructor(vars: SettingVars = {}, truth: MemoryStore = memoryStore()) {
    this.settings = settingsOf(vars)
    this.truth = truth
    this.life = this.#newLife([])
  }

  /** Creates the room, with `abc` in its one file. */
  async make(): Promise<void> {
    const first = [{ path: 'a.txt', text: 'abc' }]
    await this.life.start()
    await this.life.visit(ROOM, () => this.life.make(ROOM, first, DEFAULT_POLICY, Date.now()))
    this.file = await this.life.visit(ROOM, async (live) => live?.files()[0]?.file ?? '')
  }

  /** Hibernates: memory is gone, and these callers stay connected. */
  async sleep(...callers: readonly Caller[]): Promise<void> {
    // Clearing the timers also sets the clock back.
    const now = Date.now()
    vi.clearAllTimers()
    vi.setSystemTime(now)
    this.aborted = null
    this.life = this.#newLife(callers.map(({ socket }) => socket))
    await this.life.start()
  }

  /** Loses the object's storage and all connections. */
  async loseStorage(): Promise<void> {
    this.#sql = openSqlite()
    this.alarm = null
    await this.sleep()
  }

  /** Connects. Null if there is no such room. @throws StoreError if it cannot be loaded */
  connect(who: string | Principal = 'somebody'): Promise<Caller | null> {
    const person = typeof who === 'string' ? personOf(who) : who
    return this.life.visit(ROOM, async (live) => {
      if (live === null) return null
      const caller = new Caller(this, person.user)
      this.life.admit(Session.start(caller.socket, person, Date.now()))
      return caller
    })
  }

  /** Connects and says hello. */
  async join(client: string, hello: object = {}, who?: string | Principal): Promise<Caller> {
    const caller = await this.connect(who)
    if (caller === null) throw new Error('there is no room')
    caller.send({ type: 'hello', protocol: 1, client, ...hello })
    return caller
  }

  /** Fires the alarm, if one is set. */
  async ring(): Promise<void> {
    if (this.alarm === null) throw new Error('no alarm is set')
    this.alarm = null
    await this.life.alarm()
  }

  #newLife(sockets: readonly RoomSocket[]): Lifecycle {
    const call = async <T>(kind: keyof FileStore, work: () => Promise<T>) => {
      await this.before(kind)
      const answer = await work()
      await this.after(kind)
      return answer
    }
    const store: FileStore = {
      load: (room) => call('load', () => this.truth.load(room)),
      mark: (room) => call('mark', () => this.truth.mark(room)),
      client: (room, client) => call('client', () => this.truth.client(room, client)),
      texts: (room, files) => call('texts', () => this.truth.texts(room, files)),
      commits: (room, after, upTo, wanted) =>
        call('commits', () => this.truth.commits(room, after, upTo, wanted)),
      commitsWith: (type, room, before, most) =>
        call('commits', () => this.truth.commitsWith(type, room, before, most)),
      flush: (batch) => call('flush', () => this.truth.flush(batch)),
    }
    const lease = { retryAt: 0 }
    const run: Lease['run'] = async (_, work) => {
      const retryMs = this.budget()
      lease.retryAt = retryMs === null ? 0 : Date.now() + retryMs
      if (retryMs === null) await work()
      return retryMs === null
    }
    return new Lifecycle(
      this.#context(),
      sockets,
      store,
      this.settings,
      Object.assign(lease, { run }),
      (token) => this.identify(token),
      (event) => {
        this.listener(event)
        if (event.type !== 'committed') this.heard.push(event)
      },
    )
  }

  /** The room's lines in the log, parsed. */
  get log(): Record<string, unknown>[] {
    return this.heard.flatMap((event) => {
      const line = lineOf(event, ROOM, Date.now())
      return line === null ? [] : [JSON.parse(line)]
    })
  }

  #transaction<T>(work: () => T): T {
    this.#sql.exec('SAVEPOINT part')
    try {
      return work()
    } catch (error) {
      this.#sql.exec('ROLLBACK TO part')
      throw error
    } finally {
      this.#sql.exec('RELEASE part')
    }
  }

  #context(): ObjectContext {
    const sql: Sql = {
      exec: (statement, ...bindings) => {
        if (this.aborted !== null) throw new Error('the object was aborted')
        if (this.refuses !== null && statement.includes(` INTO ${this.refuses} `)) {
          if (this.takes-- > 0) return this.#sql.exec(statement, ...bindings)
          throw new Error('the row cannot be written')
        }
        if (statement.includes(' INTO commits ')) this.events.push('row')
        return this.#sql.exec(statement, ...bindings)
      },
    }
    return {
      storage: {
        sql,
        getAlarm: async () => this.alarm,
        setAlarm: async (time) => {
          this.events.push('alarm')
          this.alarm = time
        },
        transactionSync: (work) => this.#transaction(work),
        sync: () => this.synced(),
        deleteAll: async () => {
          await this.before('deleteAll')
          this.#sql = openSqlite()
          this.alarm = null
        },
      },
      abort: (reason) => {
        this.aborted ??= reason
        vi.clearAllTimers()
      },
      waitUntil: (work) => {
        work.catch((error: unknown) => {
          // Nothing that an aborted object still does counts.
          if (this.aborted === null) throw error
        })
      },
      pingedAt: (socket) => this.pings.get(socket) ?? 0,
    }
  }
}

/** The client end of a socket. */
export class Caller {
  readonly socket: RoomSocket & { readyState: number }
  readonly frames: string[] = []
  closed: { readonly code: number; readonly reason: string } | null = null
  readonly #stage: Stage
  #fails: (() => void) | null = null
  #attachment: unknown = null

  constructor(stage: Stage, name: string) {
    this.#stage = stage
    this.socket = {
      readyState: OPEN,
      send: (frame) => {
        if (stage.aborted !== null) return
        this.#fails?.()
        stage.events.push(`${JSON.parse(frame).type} to ${name}`)
        this.frames.push(frame)
      },
      close: (code, reason) => {
        if (stage.aborted !== null) return
        this.socket.readyState = CLOSED
        this.closed = { code, reason }
      },
      serializeAttachment: (value) => {
        this.#attachment = structuredClone(value)
      },
      deserializeAttachment: () => structuredClone(this.#attachment),
    }
  }

  /** What was received, by type. */
  heard(type: string): Record<string, unknown>[] {
    return this.frames.map((frame) => JSON.parse(frame)).filter((message) => message.type === type)
  }

  /** From now on sending to this socket throws. */
  failToSend(): void {
    this.#fails = () => {
      throw new Error('the socket fails')
    }
  }

  send(message: object): void {
    if (this.#stage.aborted !== null) return
    this.#stage.life.receive(this.socket, JSON.stringify(message))
    this.#stage.life.live?.takeArrived()
  }

  leave(): void {
    if (this.#stage.aborted !== null) return
    this.socket.readyState = CLOSED
    this.#stage.life.gone(this.socket)
  }
}

/** Blocks callers until `open` is called. */
export class Gate {
  open: () => void = () => {}
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve
  })
}

/** Fails like a database that is down. */
export function away(): Promise<never> {
  return Promise.reject(new StoreError('unavailable', 'no answer'))
}
