/**
 * Time and randomness of a run, in place of the process's own, so that everything follows from the plan
 * alone. Each timer belongs to a machine; timers of a sleeping machine wait until it wakes, and those of a
 * machine that is gone never fire. It knows nothing of rooms.
 */
import { Random } from '../../../test/support/random.ts'

/** Owns timers, which fire, sleep and vanish together. */
export interface Machine {
  asleep: boolean
  gone: boolean
}

/** The machine of everything that never sleeps: the network, the platform, the database. */
export const WORLD: Machine = { asleep: false, gone: false }

interface Timer {
  readonly at: number
  readonly order: number
  readonly machine: Machine
  readonly callback: () => void
}

const START = Date.UTC(2026, 0, 1)
/** Runs promises until everything that an event started has come to its next timer. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

export class VirtualTime {
  #now = START
  #order = 0
  readonly #timers = new Map<number, Timer>()
  readonly #undo: (() => void)[] = []
  /** The machine whose code is running: timers set now belong to it. */
  machine: Machine = WORLD
  /** Called before each timer: a turn of the event loop begins. */
  onTurn: () => void = () => {}
  /** Called after each event, with the error that it threw, if any. Returns whether it started anything. */
  afterEvent: (error: unknown) => boolean = (error) => {
    if (error !== null) throw error
    return false
  }

  /** Replaces time and randomness until `end`. @param chance the seed of ids and jitter */
  constructor(chance: string) {
    const random = new Random(chance)
    const set = (callback: () => void, ms = 0) => this.#set(callback, ms)
    const clear = (id: number | undefined) => {
      if (id !== undefined) this.#timers.delete(id)
    }
    this.#replace(globalThis, 'setTimeout', set)
    this.#replace(globalThis, 'clearTimeout', clear)
    this.#replace(Date, 'now', () => this.#now)
    this.#replace(Math, 'random', () => random.fraction())
    const fill = (bytes: Uint8Array) => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = random.int(256)
      return bytes
    }
    this.#replace(crypto, 'getRandomValues', fill)
    this.#replace(crypto, 'randomUUID', () => {
      const hex = Buffer.from(fill(new Uint8Array(16))).toString('hex')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
    })
  }

  /** Unix ms */
  get now(): number {
    return this.#now
  }

  /** Restores time and randomness. */
  end(): void {
    for (const undo of this.#undo.reverse()) undo()
    this.#timers.clear()
  }

  /** Runs code on a machine, with everything that follows from it at once. */
  async as(machine: Machine, action: () => void): Promise<void> {
    let failure: unknown = null
    this.machine = machine
    try {
      action()
    } catch (error) {
      failure = error
    }
    await settle()
    this.machine = WORLD
    if (this.afterEvent(failure)) await settle()
  }

  /** Sets timers for a machine from within another's code. */
  within<T>(machine: Machine, action: () => T): T {
    const before = this.machine
    this.machine = machine
    try {
      return action()
    } finally {
      this.machine = before
    }
  }

  /** Lets `ms` pass, and runs everything that falls due. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms
    for (;;) {
      const due = this.#next(until)
      if (due === null) break
      const [id, timer] = due
      this.#timers.delete(id)
      this.#now = Math.max(this.#now, timer.at)
      this.onTurn()
      await this.as(timer.machine, timer.callback)
    }
    this.#now = until
  }

  /** Removes the timers of machines that are gone. */
  sweep(): void {
    for (const [id, { machine }] of this.#timers) if (machine.gone) this.#timers.delete(id)
  }

  #next(until: number): [number, Timer] | null {
    let best: [number, Timer] | null = null
    for (const [id, timer] of this.#timers) {
      if (timer.at > until || timer.machine.asleep || timer.machine.gone) continue
      const earlier = best === null || timer.at < best[1].at
      if (earlier || (timer.at === best?.[1].at && timer.order < best[1].order)) best = [id, timer]
    }
    return best
  }

  #set(callback: () => void, ms: number): number {
    const id = ++this.#order
    const at = this.#now + Math.max(0, Math.ceil(ms))
    this.#timers.set(id, { at, order: id, machine: this.machine, callback })
    return id
  }

  #replace<T extends object>(target: T, name: keyof T & string, value: unknown): void {
    const own = Object.getOwnPropertyDescriptor(target, name)
    Object.defineProperty(target, name, { configurable: true, writable: true, value })
    this.#undo.push(() => {
      if (own === undefined) Reflect.deleteProperty(target, name)
      else Object.defineProperty(target, name, own)
    })
  }
}
