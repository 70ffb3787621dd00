/**
 * The platform under the room's object: its disk, its alarm and its lives. It runs the object's code on the
 * object's own machine, ends it between any two turns, hibernates it, and starts it again on what is left.
 * It knows connections only as far as they end with a life.
 */
import { CONFLICT_MS } from '../../../durable-objects/flush/flusher.ts'
import { settingsOf } from '../../../durable-objects/settings/settings.ts'
import { MAX_PART_UNITS } from '../../../schema/statements/flush-parts.ts'
import type { Plan } from '../plan.ts'
import type { Tally } from '../tally.ts'
import { Database } from './database.ts'
import { Disk } from './disk.ts'
import type { Link } from './link.ts'
import { ObjectLife, type Platform } from './object.ts'
import { settle, type VirtualTime, WORLD } from './virtual-time.ts'

/** ms after which the platform repeats an alarm whose object died */
const ALARM_RETRY_MS = 2_000
/** ms after which a room may ask the flush budget again */
const BUDGET_MS = 5_000

export class Host {
  readonly disk: Disk
  readonly database: Database
  life: ObjectLife
  readonly #time: VirtualTime
  readonly #tally: Tally
  readonly #platform: Platform
  readonly #links: () => readonly Link[]
  #alarmRuns: ObjectLife | null = null
  /** Flushes that the budget still has to reject. */
  #overBudget = 0
  /** Whether somebody else may have written the room in the database. */
  mayConflict = false
  /** The first error that nobody could be told of. */
  #failure: unknown = null

  /** @param links all connections */
  constructor(plan: Plan, time: VirtualTime, tally: Tally, links: () => readonly Link[]) {
    this.#time = time
    this.#tally = tally
    this.#links = links
    time.onTurn = () => this.disk.nextTurn()
    time.afterEvent = (error) => this.#afterEvent(error)
    this.disk = new Disk(
      (callback) => time.within(WORLD, () => setTimeout(callback, plan.diskMs)),
      (at) => this.#setAlarm(at),
    )
    this.database = new Database(time, tally, {
      roundTripMs: plan.databaseMs,
      partUnits: plan.partUnits ?? MAX_PART_UNITS,
      remembers: plan.steps.some((step) => step.do === 'database back'),
    })
    this.#platform = {
      disk: this.disk,
      database: this.database,
      settings: {
        ...settingsOf({
          TAIL_COMMITS: `${plan.tailCommits}`,
          FLUSH_IDLE_MS: `${plan.idleMs}`,
          COMMIT_INTERVAL_MS: `${plan.commitIntervalMs}`,
          // People sleep for months here, and come back with what they had sent.
          CLIENT_DAYS: '0',
        }),
        // Shorter than the commit interval at times, which a deployment may not set.
        graceMs: plan.graceMs,
      },
      tally,
      deleteMs: plan.diskMs,
      enter: (machine) => {
        time.machine = machine
      },
      background: (work) => this.#watch(work),
      leaseRetryMs: () => this.#takeLease(),
    }
    this.life = this.#newLife([])
    if (plan.commitIntervalMs > 0) tally.add('rooms with a commit interval')
  }

  get settings() {
    return this.#platform.settings
  }

  /** The next `times` flushes exceed the budget. */
  exhaustBudget(times: number): void {
    this.#overBudget = times
  }

  /** Ends all faults. */
  heal(): void {
    this.database.heal()
    this.disk.heal()
    this.#overBudget = 0
  }

  /** Runs code of the object, with everything that follows from it at once. */
  run(action: (life: ObjectLife) => void): Promise<void> {
    return this.#time.as(this.life.machine, () => action(this.life))
  }

  /** Starts asynchronous work of the object. `check` reports its failure, unless it is one of the faults. */
  begin(work: (life: ObjectLife) => Promise<unknown>): Promise<void> {
    return this.run((life) => this.#watch(work(life)))
  }

  /**
   * @throws the first error that nobody could be told of; Error if work is left and no alarm is set for it
   */
  check(): void {
    if (this.#failure !== null) throw this.#failure
    if (!this.life.isAtRest || this.#alarmRuns !== null) return
    const { journal } = this.life
    const { isRoom, seq, flushedSeq } = journal
    const alarm = this.disk.alarm ?? Number.POSITIVE_INFINITY
    // A conflict is retried only rarely, also by a life that does not know of it yet.
    const { maxAgeMs, retryMaxMs } = this.settings.flush
    const most = this.mayConflict ? CONFLICT_MS : Math.max(maxAgeMs, retryMaxMs)
    if (isRoom && flushedSeq < seq && alarm > this.#time.now + most) {
      throw new Error(`no alarm is set in time, and ${seq - flushedSeq} commits are not flushed`)
    }
    // An object that died with everybody in it notices when somebody connects. One with a file that the
    // database refused stays until somebody resolves that.
    if (isRoom && this.life.isDeserted && this.disk.alarm === null && journal.setAside.length === 0) {
      throw new Error('no alarm is set, and nobody is in the room')
    }
  }

  /**
   * The object dies; the next event starts a new one. @param keep the part of what is not durable that
   * survives
   */
  async die(keep: number, losesFrames: boolean): Promise<void> {
    this.#end(keep, losesFrames)
    await settle()
  }

  /**
   * The object dies, and with it everything that it had stored: the next event starts a new one, which knows
   * of no room.
   */
  async loseStorage(): Promise<void> {
    this.#end(1, true)
    this.life.machine.gone = true
    this.disk.wipe()
    this.#rise([])
    await settle()
  }

  #end(keep: number, losesFrames: boolean): void {
    this.#tally.add('deaths')
    if (this.database.underWay > 0) this.#tally.add('deaths during a database call')
    this.life.machine.gone = true
    const { kept, lost, unsaid } = this.disk.crash(keep)
    if (lost > 0) this.#tally.add('deaths that lost unseen rows')
    if (kept > 0 && unsaid > 0) this.#tally.add('deaths between row and broadcast')
    for (const link of this.#links()) if (link.isAtRoom) link.endAtRoom(losesFrames)
    if (this.#alarmRuns === this.life) this.#retryAlarm()
    this.#rise([])
  }

  /**
   * Makes all writes durable, with everything that follows from that, in one event, so that the timers set
   * by it are the object's.
   */
  sync(): Promise<void> {
    return this.#time.as(WORLD, () => this.disk.sync())
  }

  /** The object hibernates, if nothing keeps it awake: memory is lost, sockets stay. */
  async hibernate(checkpoint: boolean): Promise<void> {
    await this.run(({ live }) => {
      live?.sealNow()
      if (checkpoint) live?.checkpoint()
    })
    await this.sync()
    if (!this.life.isAtRest || this.#alarmRuns !== null) return
    this.#tally.add('hibernations')
    this.life.machine.gone = true
    const links = this.#links().filter((link) => link.isOpenAtRoom)
    // A socket whose close wakes the object is not among the sockets that it is given.
    const closing = links.find((link) => link.isClosingAtRoom)
    this.#rise(links.filter((link) => link !== closing))
    await settle()
    if (closing === undefined) return
    this.#tally.add('hibernations ended by a close')
    await this.#time.as(WORLD, () => this.endAtRoom(closing, false))
  }

  /** The room's end of a connection is gone, and the room is notified. */
  endAtRoom(link: Link, losesFrames: boolean): void {
    const was = link.isOpenAtRoom
    link.endAtRoom(losesFrames)
    if (was) this.#time.within(this.life.machine, () => this.life.closed(link))
  }

  #rise(links: readonly Link[]): void {
    this.database.forget()
    this.#time.sweep()
    this.disk.nextTurn()
    try {
      this.life = this.#newLife(links)
    } catch (error) {
      if (!isInjected(error)) throw error
      // It could not start, and is started again, without the sockets, which ended with it.
      this.#tally.add('disk failures')
      this.disk.crash(0)
      for (const link of links) link.endAtRoom(true)
      this.life = this.#newLife([])
    }
  }

  #newLife(links: readonly Link[]): ObjectLife {
    const machine = { asleep: false, gone: false }
    return this.#time.within(machine, () => new ObjectLife(this.#platform, machine, links))
  }

  #setAlarm(at: number | null): void {
    if (at === null) return
    this.#time.within(WORLD, () => setTimeout(() => this.#ring(at), Math.max(0, at - this.#time.now)))
  }

  #ring(at: number): void {
    if (this.disk.alarm !== at || this.#alarmRuns !== null) return
    this.disk.sync()
    this.disk.alarmFired()
    const { life } = this
    this.#alarmRuns = life
    const ended = () => {
      if (this.#alarmRuns !== life) return
      this.#alarmRuns = null
      // One that was set meanwhile for a time that has passed.
      if (this.disk.alarm !== null) this.#setAlarm(this.disk.alarm)
    }
    // The alarm has run when its writes are durable, including a next alarm.
    const done = () => {
      if (!this.disk.broken) this.disk.whenDurable(ended)
    }
    const failed = (error: unknown) => {
      if (this.#alarmRuns === life) this.#retryAlarm()
      throw error
    }
    // Timers set by the alarm belong to this life, until the event is over.
    this.#time.machine = life.machine
    this.#watch(life.alarm().then(done, failed))
  }

  /** The platform repeats an alarm that failed, or whose object died. */
  #retryAlarm(): void {
    if (this.disk.broken) return
    this.#alarmRuns = null
    if (this.disk.alarm === null) this.disk.retryAlarm(this.#time.now + ALARM_RETRY_MS)
    else this.#setAlarm(this.disk.alarm)
  }

  #takeLease(): number | null {
    if (this.#overBudget === 0) return null
    this.#overBudget--
    this.#tally.add('flushes over the budget')
    return BUDGET_MS
  }

  #watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!isInjected(error)) this.#failure ??= error
    })
  }

  /** The platform ends an object whose disk failed, or that aborted: nothing of that turn stays. */
  #afterEvent(error: unknown): boolean {
    if (error !== null && !isInjected(error)) throw error
    if (!this.disk.broken && this.life.aborted === null) return false
    this.#tally.add('disk failures')
    this.#end(this.disk.partBeforeThisTurn, true)
    return true
  }
}

/** Whether an error is an injected fault, or a consequence of one. */
function isInjected(error: unknown): boolean {
  return String(error).includes('injected')
}
