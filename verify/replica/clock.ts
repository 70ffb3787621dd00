/**
 * Time and randomness of one run, in place of the process's own, so that a run follows from its seed alone.
 * Each timer belongs to an owner: a page, one life of the room's object, or the network. Timers of an owner
 * that is gone never fire.
 */
import { Chance } from '../random.ts'

/** Owns timers, which live and end together. */
export interface Owner {
  gone: boolean
}

interface Timer {
  readonly id: number
  readonly at: number
  readonly owner: Owner
  readonly callback: () => void
}

/** Turns of the event loop within which a module has to load. */
const LOAD_TURNS = 100_000
const START = Date.UTC(2026, 0, 1)
/** The process's own, saved before it is replaced: after it, every promise that could settle has settled. */
const realImmediate = setImmediate

export class Clock {
  readonly #timers = new Map<number, Timer>()
  readonly #restore: (() => void)[] = []
  #lastId = 0
  #now = START
  #owner: Owner = { gone: false }
  /** The first error that a timer or a delivery threw. */
  failure: Error | null = null

  /** Replaces time and randomness until `end`. */
  constructor(seed: string) {
    const chance = new Chance(`${seed} clock`)
    this.#replace(globalThis, 'setTimeout', (callback: () => void, ms = 0) => this.#set(callback, ms))
    this.#replace(globalThis, 'clearTimeout', (id: number | undefined) => {
      if (id !== undefined) this.#timers.delete(id)
    })
    this.#replace(Date, 'now', () => this.#now)
    this.#replace(Math, 'random', () => chance.fraction())
    const fill = (bytes: Uint8Array) => bytes.map((_, i) => (bytes[i] = chance.int(256)))
    this.#replace(crypto, 'getRandomValues', (bytes: Uint8Array) => {
      fill(bytes)
      return bytes
    })
    this.#replace(crypto, 'randomUUID', () => {
      const hex = Buffer.from(fill(new Uint8Array(16))).toString('hex')
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
        '-',
      )
    })
  }

  /** Unix ms. */
  get now(): number {
    return this.#now
  }

  /** Restores time and randomness. */
  end(): void {
    for (const restore of this.#restore.reverse()) restore()
    this.#timers.clear()
  }

  /** Runs code of an owner, with every promise that follows from it. */
  async as(owner: Owner, action: () => void): Promise<void> {
    if (owner.gone) return
    this.#owner = owner
    try {
      action()
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error))
    }
    await new Promise((resolve) => realImmediate(resolve))
  }

  /** Waits for work of the process itself, such as loading a module. */
  async until(isDone: () => boolean): Promise<void> {
    for (let turn = 0; turn < LOAD_TURNS && !isDone(); turn++)
      await new Promise((resolve) => realImmediate(resolve))
    await new Promise((resolve) => realImmediate(resolve))
  }

  /** Lets time pass; timers fire in order. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms
    for (let timer = this.#next(until); timer !== null; timer = this.#next(until)) {
      this.#timers.delete(timer.id)
      this.#now = Math.max(this.#now, timer.at)
      await this.as(timer.owner, timer.callback)
    }
    this.#now = until
  }

  #next(until: number): Timer | null {
    let best: Timer | null = null
    for (const timer of this.#timers.values()) {
      if (timer.owner.gone) this.#timers.delete(timer.id)
      else if (timer.at <= until && (best === null || timer.at < best.at)) best = timer
    }
    return best
  }

  #set(callback: () => void, ms: number): number {
    const id = ++this.#lastId
    this.#timers.set(id, { id, at: this.#now + Math.max(0, Math.ceil(ms)), owner: this.#owner, callback })
    return id
  }

  #replace<T extends object>(target: T, name: keyof T & string, value: unknown): void {
    const own = Object.getOwnPropertyDescriptor(target, name)
    Object.defineProperty(target, name, { configurable: true, writable: true, value })
    this.#restore.push(() => {
      if (own === undefined) Reflect.deleteProperty(target, name)
      else Object.defineProperty(target, name, own)
    })
  }
}
