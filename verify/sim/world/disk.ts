/**
 * The object's disk: Node's own SQLite, written turn by turn and durable some ms later, with an output gate. Until what was
 * written is durable, nothing the object says gets out. A death keeps the turns up to some point and loses the rest, with
 * everything that waited at the gate.
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
  /** The alarm as it was before each turn that wrote and is not durable. */
  #turns: { readonly turn: number; readonly alarm: number | null }[] = []
  #turn = 0
  /** Counts transactions, so that a sync that comes late does not end a later one. */
  #transaction = 0
  #gate: (() => void)[] = []
  #alarm: number | null = null
  /** Writes until one fails; null when none is to. */
  #failsAfter: number | null = null
  /** The table of which the next row cannot be written; null when there is none. */
  #refuses: string | null = null
  /** The disk failed: the platform ends the object, and nothing of this turn stays. */
  broken = false

  /**
   * @param schedule calls back when what was just written is durable
   * @param onAlarm told of each change of the alarm, ms since the epoch of Unix
   */
  constructor(schedule: (callback: () => void) => void, onAlarm: (time: number | null) => void) {
    this.#schedule = schedule
    this.#onAlarm = onAlarm
  }

  get isDurable(): boolean {
    return this.#turns.length === 0
  }

  /** Whether anything waits for what was written. */
  get holdsFrames(): boolean {
    return this.#gate.length > 0
  }

  get alarm(): number | null {
    return this.#alarm
  }

  /** What is written from now on is kept or lost together. */
  nextTurn(): void {
    this.#turn++
  }

  /** The SQL of one life of the object. A life that is over must not touch it any more. */
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

  /** What `work` writes is kept or lost together. */
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
      // To read it is to wait for the storage: what follows is another turn.
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

  /** The alarm goes off: it is not set any more. */
  alarmFired(): void {
    this.#alarm = null
  }

  /** The platform runs an alarm again whose object died. */
  retryAlarm(time: number): void {
    this.#setAlarm(time)
  }

  /** Does something that the world outside sees, as soon as everything written so far is durable. */
  whenDurable(action: () => void): void {
    if (this.isDurable) action()
    else this.#gate.push(action)
  }

  /** The write after so many more fails. */
  failAfter(writes: number): void {
    this.#failsAfter = writes
  }

  /** The next row of this table cannot be written, and the platform leaves it at that: what comes of it is the object's to decide. */
  refuse(table: string): void {
    this.#refuses = table
  }

  /** No failure is to come. */
  heal(): void {
    this.#refuses = null
    this.#failsAfter = null
  }

  /** Everything written is durable now, and what waited gets out. */
  sync(): void {
    if (!this.isDurable) this.#database.exec('COMMIT')
    this.#transaction++
    this.#turns = []
    const waiting = this.#gate
    this.#gate = []
    for (const action of waiting) action()
  }

  /**
   * The object died. Of the turns that were not durable, this part is kept.
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

  /** The last turn's writes alone are lost: the turn in which the disk failed, or the object gave up. */
  get partBeforeThisTurn(): number {
    const count = this.#turns.length
    return count === 0 ? 1 : this.#turns.filter(({ turn }) => turn !== this.#turn).length / count
  }

  /** Everything is deleted, the alarm too. */
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
