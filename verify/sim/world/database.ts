/**
 * The database as a room sees it: the store in memory behind a network that can be made to fail. A request
 * that is under way arrives whether or not the object lives; its answer may find the object gone.
 */

import { type FileStore, type FlushBatch, StoreError } from '../../../schema/store.ts'
import { type MemoryStore, memoryStore } from '../../../schema/stores/memory.ts'
import type { Tally } from '../tally.ts'
import type { Disk } from './disk.ts'
import { type Machine, type VirtualTime, WORLD } from './virtual-time.ts'

export type Call = 'load' | 'texts' | 'commits' | 'flush'

/**
 * `unavailable`: the call never arrives; `answer lost`: it happens, but the room is told that it failed;
 * `twice`: it happens twice; `late`: the room is told that it failed, and it happens a minute later;
 * `broken off`: only the first part of a flush in parts is stored; `ok`: it is only slow.
 */
export type Failure = 'ok' | 'unavailable' | 'answer lost' | 'twice' | 'late' | 'broken off'

/** Failures that happen only to flushes. */
const FLUSHES_ALONE: ReadonlySet<Failure> = new Set(['twice', 'late', 'broken off'])

interface Fault {
  readonly how: Failure
  readonly ms: number
}

const LATE_MS = 60_000
/** Clients that are loaded with a room: few, so that others have to be looked up. */
const CLIENTS_AT_LOAD = 2
/** Moments that the database can go back to. */
const MOMENTS = 8

export class Database {
  /** What is actually stored. */
  readonly truth: MemoryStore
  /** The database after its last flushes, oldest first. */
  readonly #moments: (() => void)[] = []
  readonly #remembers: boolean
  #breaksOff = false
  readonly #time: VirtualTime
  readonly #tally: Tally
  readonly #roundTripMs: number
  readonly #faults = new Map<Call, Fault[]>()
  #underWay = 0

  /**
   * @param roundTripMs time of a call without a fault; 0 answers in the same turn
   * @param partUnits UTF-16 units of a part of a flush
   * @param remembers whether it can go back in time
   */
  constructor(
    time: VirtualTime,
    tally: Tally,
    { roundTripMs, partUnits, remembers }: { roundTripMs: number; partUnits: number; remembers: boolean },
  ) {
    this.#time = time
    this.#tally = tally
    this.#roundTripMs = roundTripMs
    this.#remembers = remembers
    this.truth = memoryStore({
      partUnits,
      clientsAtLoad: CLIENTS_AT_LOAD,
      betweenParts: () => {
        if (this.#breaksOff) throw new StoreError('unavailable', 'injected: the flush broke off')
      },
    })
  }

  /** Calls that the object waits for. */
  get underWay(): number {
    return this.#underWay
  }

  /** The next `times` calls of this kind fail in this way. */
  fail(call: Call, how: Failure, times: number, ms: number): void {
    const faults = this.#faults.get(call) ?? []
    for (let i = 0; i < times; i++) faults.push({ how, ms })
    this.#faults.set(call, faults)
  }

  /** Ends all faults. */
  heal(): void {
    this.#faults.clear()
  }

  /**
   * Goes back to the state after an earlier flush, and forgets the moments after it. Returns false if there
   * is none.
   * @param share position among the remembered moments, oldest first
   */
  goBack(share: number): boolean {
    const at = Math.floor(share * this.#moments.length)
    const moment = this.#moments[at]
    moment?.()
    this.#moments.splice(at + 1)
    return moment !== undefined
  }

  /** The object is gone: nobody waits for answers any more. */
  forget(): void {
    this.#underWay = 0
  }

  /** The store as one life of the object uses it. */
  storeOf(life: Machine, disk: Disk): FileStore {
    const call = <T>(kind: Call, work: () => Promise<T>) => this.#call(life, disk, kind, work)
    return {
      load: async (room) => {
        const stored = await call('load', () => this.truth.load(room))
        if (stored !== null) this.#tally.add('returns from the store')
        return stored
      },
      mark: (room) => call('load', () => this.truth.mark(room)),
      client: (room, client) => call('load', () => this.truth.client(room, client)),
      texts: (room, files) => call('texts', () => this.truth.texts(room, files)),
      commits: (room, after, upTo, wanted) =>
        call('commits', () => this.truth.commits(room, after, upTo, wanted)),
      commitsWith: (type, room, before, most) =>
        call('commits', () => this.truth.commitsWith(type, room, before, most)),
      // Copied before the call: the object may be gone when it arrives.
      flush: (batch) => {
        const sent = { ...batch, files: [...batch.files], commits: [...batch.commits] }
        return call('flush', () => this.#flush(sent))
      },
    }
  }

  async #flush(batch: FlushBatch) {
    const answer = await this.truth.flush(batch)
    if (this.#remembers && answer.type === 'written') this.#moments.push(this.truth.snapshot())
    if (this.#moments.length > MOMENTS) this.#moments.shift()
    return answer
  }

  async #call<T>(life: Machine, disk: Disk, kind: Call, work: () => Promise<T>): Promise<T> {
    this.#underWay++
    // The output gate also holds requests until what the object wrote is durable.
    await new Promise<void>((resolve) => disk.whenDurable(resolve))
    const { how, ms } = this.#faults.get(kind)?.shift() ?? { how: 'ok', ms: this.#roundTripMs }
    await this.#wait(ms / 2)
    let answer: T | null = null
    let failure: unknown = null
    this.#tally.add(`${kind}: ${kind === 'flush' || !FLUSHES_ALONE.has(how) ? how : 'ok'}` as 'flush: ok')
    try {
      if (how === 'unavailable') throw new StoreError('unavailable', 'injected: no answer')
      if (how === 'late') {
        this.#later(work)
        throw new StoreError('unavailable', 'injected: no answer yet')
      }
      this.#breaksOff = how === 'broken off'
      answer = await work()
      if (how === 'twice') answer = await work()
      if (how === 'answer lost') throw new StoreError('unavailable', 'injected: the answer was lost')
    } catch (error) {
      failure = error
    }
    this.#breaksOff = false
    await this.#wait(ms / 2)
    if (life.gone) return new Promise(() => {})
    this.#underWay--
    disk.nextTurn()
    this.#time.machine = life
    if (failure !== null) throw failure
    return answer as T
  }

  #wait(ms: number): Promise<void> | null {
    if (ms === 0) return null
    return new Promise((resolve) => {
      this.#time.within(WORLD, () => setTimeout(resolve, ms))
    })
  }

  #later(work: () => Promise<unknown>): void {
    const arrive = () => {
      work().catch((error: unknown) => {
        if (!(error instanceof StoreError)) throw error
      })
    }
    this.#time.within(WORLD, () => setTimeout(arrive, LATE_MS))
  }
}
