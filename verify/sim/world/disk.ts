/**
 * The object's disk: Node's own SQLite, written turn by turn and durable some ms later, with an output gate:
 * nothing that the object sends leaves before its writes are durable. A death keeps the turns up to some
 * point and loses the rest, with everything that waited at the gate.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Sql, SqlRow, SqlValue } from '../../../durable-objects/journal/sql.ts'
import type { AlarmStorage } from '../../../durable-objects/room/alarm-clock.ts'
import { refuseTooLarge } from './sqlite.ts'
import type { Machine } from './virtual-time.ts'

export class DiskError extends Error {}

const WRITES = /^\s*(insert|delete|update|create|drop)/i

export class Disk {
  #database = new DatabaseSync(':memory:')
  #statements = new Map<string, StatementSync>()
  readonly #schedule: (callback: () => void) => void
  readonly #onAlarm: (time: number | null) => void
  /** The alarm before each turn that wrote and is not durable yet. */
  #turns: { readonly turn: number; readonly alarm: number | null }[] = []
  #turn = 0
  /** Counts transactions, so that a late sync does not end a later one. */
  #transaction = 0
  #gate: (() => void)[] = []
  #alarm: number | null = null
  /** Writes until one fails; null if none will. */
  #failsAfter: number | null = null
  /** The table whose next row cannot be written; null if there is none. */
  #refuses: string | null = null
  /** The disk failed: the platform ends the object, and nothing of this turn stays. */
  broken = false

  /**
   * @param schedule calls back when the last write is durable
   * @param onAlarm called on each change of the alarm, in Unix ms
   */
  constructor(schedule: (callback: () => void) => void, onAlarm: (time: number | null) => void) {
    this.#schedule = schedule
    this.#onAlarm = onAlarm
  }

  get isDurable(): boolean {
    return this.#turns.length === 0
  }

  /** Whether anything waits for a write to become durable. */
  get holdsFrames(): boolean {
    return this.#gate.length > 0
  }

  get alarm(): number | null {
    return this.#alarm
  }

  /** Writes from now on are kept or lost together. */
  nextTurn(): void {
    this.#turn++
  }

  /** The SQL of one life of the object. A life that has ended must not use it. */
  sqlOf(life: Machine): Sql {
    return {
      exec: (statement: string, ...bindings: SqlValue[]) => {
        if (life.gone) throw new Error(`an object that is gone runs: ${statement}`)
        if (WRITES.test(statement)) this.#beforeWrite()
        if (
          this.#refuses !== null &&
          WRITES.test(statement) &&
          statement.includes(` INTO ${this.#refuses} `)
        ) {
          this.#refuses = null
          throw new DiskError('injected: the statement failed')
        }
        refuseTooLarge(statement, bindings)
        const rows = this.#prepared(statement).all(...bindings) as SqlRow[]
        return { toArray: () => rows }
      },
    }
  }

  /** Writes of `work` are kept or lost together. */
  transaction<T>(work: () => T): T {
    this.#beforeWrite()
    this.#database.exec('SAVEPOINT part_of_a_turn')
    try {
      const answer = work()
      this.#database.exec('RELEASE part_of_a_turn')
      return answer
    } catch (error) {
      this.#database.exec('ROLLBACK TO part_of_a_turn')
      this.#database.exec('RELEASE part_of_a_turn')
      throw error
    }
  }

  alarmOf(life: Machine): AlarmStorage {
    return {
      // Reading it waits for the storage: what follows is another turn.
      getAlarm: async () => {
        this.nextTurn()
        return this.#alarm
      },
      setAlarm: async (time) => {
        if (life.gone) return
        this.#beforeWrite()
        this.#setAlarm(time)
      },
    }
  }

  /** The alarm fires: it is no longer set. */
  alarmFired(): void {
    this.#alarm = null
  }

  /** The platform runs an alarm again if its object died. */
  retryAlarm(time: number): void {
    this.#setAlarm(time)
  }

  /** Performs an action that the outside sees, as soon as everything written so far is durable. */
  whenDurable(action: () => void): void {
    if (this.isDurable) action()
    else this.#gate.push(action)
  }

  /** The write after this many more fails. */
  failAfter(writes: number): void {
    this.#failsAfter = writes
  }

  /**
   * The next row of this table cannot be written, and the platform does nothing else: the object decides how
   * to react.
   */
  refuse(table: string): void {
    this.#refuses = table
  }

  /** Cancels all failures. */
  heal(): void {
    this.#refuses = null
    this.#failsAfter = null
  }

  /** Makes everything written durable, and releases what waited for it. */
  sync(): void {
    if (!this.isDurable) this.#database.exec('COMMIT')
    this.#transaction++
    this.#turns = []
    const waiting = this.#gate
    this.#gate = []
    for (const action of waiting) action()
  }

  /**
   * The object died. This part of the turns that were not durable survives.
   * @returns how many were kept and lost
   */
  crash(part: number): { readonly kept: number; readonly lost: number; readonly unsaid: number } {
    const unsaid = this.#gate.length
    this.#gate = []
    this.#failsAfter = null
    this.#refuses = null
    const kept = Math.min(Math.round(part * this.#turns.length), this.#turns.length)
    const lost = this.#turns.length - kept
    const firstLost = this.#turns[kept]
    if (firstLost !== undefined) {
      this.#database.exec(`ROLLBACK TO turn_${firstLost.turn}`)
      this.#setAlarm(firstLost.alarm)
    }
    this.sync()
    this.broken = false
    return { kept, lost, unsaid }
  }

  /**
   * The fraction that loses only the last turn's writes: the turn in which the disk failed, or the object
   * aborted.
   */
  get partBeforeThisTurn(): number {
    const count = this.#turns.length
    return count === 0 ? 1 : this.#turns.filter(({ turn }) => turn !== this.#turn).length / count
  }

  /** Everything is deleted, including the alarm. */
  wipe(): void {
    this.sync()
    this.#database = new DatabaseSync(':memory:')
    this.#statements = new Map()
    this.#setAlarm(null)
  }

  #beforeWrite(): void {
    if (this.#failsAfter !== null && this.#failsAfter-- <= 0) {
      this.#failsAfter = null
      this.broken = true
    }
    if (this.broken) throw new DiskError('injected: the disk failed')
    if (this.#turns.at(-1)?.turn === this.#turn) return
    if (this.isDurable) {
      this.#database.exec('BEGIN')
      const transaction = this.#transaction
      this.#schedule(() => {
        if (transaction === this.#transaction) this.sync()
      })
    }
    this.#database.exec(`SAVEPOINT turn_${this.#turn}`)
    this.#turns.push({ turn: this.#turn, alarm: this.#alarm })
  }

  #setAlarm(time: number | null): void {
    this.#alarm = time
    this.#onAlarm(time)
  }

  #prepared(statement: string): StatementSync {
    let prepared = this.#statements.get(statement)
    if (prepared === undefined) {
      prepared = this.#database.prepare(statement)
      this.#statements.set(statement, prepared)
    }
    return prepared
  }
}
