/**
 * The platform under the room's object: its disk, its alarm and its lives. It runs the object's code as the object's own,
 * ends it between any two turns, puts it to sleep and starts it again on what is left. It knows connections only as far as
 * they end with a life.
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

/** ms after which the platform runs an alarm again whose object died */
const ALARM_RETRY_MS = 2_000
/** ms after which the flush budget lets a room ask again that it sent away */
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
  /** Flushes that the budget is to send away. */
  #overBudget = 0
  /** Whether somebody else may have written the room in the database. */
  mayConflict = false
  /** The first thing that went wrong where nobody could be told. */
  #failure: unknown = null

  /** @param links all connections that there are */
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
        // Also one that a deployment is refused: shorter than the commit interval.
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

  /** The next `times` flushes are over the budget. */
  exhaustBudget(times: number): void {
    this.#overBudget = times
  }

  /** Nothing fails from now on. */
  heal(): void {
    this.database.heal()
    this.disk.heal()
    this.#overBudget = 0
  }

  /** Runs code of the object, with all that follows from it at once. */
  run(action: (life: ObjectLife) => void): Promise<void> {
    return this.#time.as(this.life.machine, () => action(this.life))
  }

  /** Starts work of the object that takes its time. What fails is told by `check`, unless it is one of the faults. */
  begin(work: (life: ObjectLife) => Promise<unknown>): Promise<void> {
    return this.run((life) => this.#watch(work(life)))
  }

  /** @throws what went wrong where nobody could be told; Error when something is to be done and nothing is set for it */
  check(): void {
    if (this.#failure !== null) throw this.#failure
    if (!this.life.isAtRest || this.#alarmRuns !== null) return
    const { journal } = this.life
    const { isRoom, seq, flushedSeq } = journal
    const alarm = this.disk.alarm ?? Number.POSITIVE_INFINITY
    // What somebody else writes is tried only now and then, also by a life that does not know that yet.
    const { maxAgeMs, retryMaxMs } = this.settings.flush
    const most = this.mayConflict ? CONFLICT_MS : Math.max(maxAgeMs, retryMaxMs)
    if (isRoom && flushedSeq < seq && alarm > this.#time.now + most) {
      throw new Error(`no alarm is set in time, and ${seq - flushedSeq} commits are not flushed`)
    }
    // One that died with everybody in it hears of that when somebody comes.
    // One with a file that the database has not stays, until somebody sees to that.
    if (isRoom && this.life.isDeserted && this.disk.alarm === null && journal.setAside.length === 0) {
      throw new Error('no alarm is set, and nobody is in the room')
    }
  }

  /** The object dies; the next event finds it new. @param keep which part of what is not durable stays */
  async die(keep: number, losesFrames: boolean): Promise<void> {
    this.#end(keep, losesFrames)
    await settle()
  }

  /** The object dies, and with it all that it had stored: the next event finds it new, and knows of no room. */
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
    if (lost > 0) this.#tally.add('deaths that lost rows nobody saw')
    if (kept > 0 && unsaid > 0) this.#tally.add('deaths between row and broadcast')
    for (const link of this.#links()) if (link.isAtRoom) link.endAtRoom(losesFrames)
    if (this.#alarmRuns === this.life) this.#retryAlarm()
    this.#rise([])
  }

  /** What was written is durable, with all that follows from it: in one event, so that the timers of that are the object's. */
  sync(): Promise<void> {
    return this.#time.as(WORLD, () => this.disk.sync())
  }

  /** The object sleeps, if nothing keeps it awake: memory is gone, sockets stay. */
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
    // One whose close is what wakes the object is not among the sockets that it is told of.
    const closing = links.find((link) => link.isClosingAtRoom)
    this.#rise(links.filter((link) => link !== closing))
    await settle()
    if (closing === undefined) return
    this.#tally.add('hibernations ended by a close')
    await this.#time.as(WORLD, () => this.endAtRoom(closing, false))
  }

  /** The room's end of a connection is gone, and the room learns of it. */
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
      // It could not start, and is started again: without the sockets, which ended with it.
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
    // It has run when what it wrote is durable, a next alarm too.
    const done = () => {
      if (!this.disk.broken) this.disk.whenDurable(ended)
    }
    const failed = (error: unknown) => {
      if (this.#alarmRuns === life) this.#retryAlarm()
      throw error
    }
    // What the alarm sets off is this life's, until the event is over.
    this.#time.machine = life.machine
    this.#watch(life.alarm().then(done, failed))
  }

  /** The platform runs an alarm again that failed, or whose object died. */
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

  /** An object whose disk failed, or that gave up, is ended by the platform: nothing of that turn stays. */
  #afterEvent(error: unknown): boolean {
    if (error !== null && !isInjected(error)) throw error
    if (!this.disk.broken && this.life.aborted === null) return false
    this.#tally.add('disk failures')
    this.#end(this.disk.partBeforeThisTurn, true)
    return true
  }
}

/** Whether an error is one of the faults, or what became of one. */
function isInjected(error: unknown): boolean {
  return String(error).includes('injected')
}
