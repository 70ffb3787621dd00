/**
 * A wrapper around a storage that delays or fails requests by kind. It counts held copies, so that tests can
 * check that all are released.
 */
import type { HeldCopy, RoomStorage } from '../../client/index.ts'

export const REQUESTS = ['clients', 'hold', 'read', 'write', 'clear'] as const
export type Request = (typeof REQUESTS)[number]

export class SlowStorage implements RoomStorage {
  readonly #inner: RoomStorage
  readonly #gates = new Map<Request, Promise<void>>()
  readonly #open = new Map<Request, () => void>()
  readonly #held = new Set<HeldCopy>()
  /** Requests so far, in order. */
  readonly asked: Request[] = []
  #look = () => {}

  constructor(inner: RoomStorage) {
    this.#inner = inner
  }

  /** Number of copies held now. */
  get held(): number {
    return this.#held.size
  }

  /** From now on these requests wait until `release`. */
  hang(...requests: Request[]): this {
    for (const request of requests)
      this.#gates.set(request, new Promise((resolve) => this.#open.set(request, resolve)))
    return this
  }

  /** From now on these requests fail. */
  fail(...requests: Request[]): this {
    for (const request of requests) {
      const failure = Promise.reject(new Error(`${request} fails`))
      failure.catch(() => {})
      this.#gates.set(request, failure)
    }
    return this
  }

  /** Resumes waiting requests, and ends all delays and failures. */
  release(): void {
    this.#gates.clear()
    for (const open of this.#open.values()) open()
  }

  /** Resolves once this request was made this many times. */
  until(request: Request, times = 1): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (this.asked.filter((asked) => asked === request).length >= times) resolve()
      }
      this.#look()
    })
  }

  async clients(room: string): Promise<readonly string[]> {
    await this.#pass('clients')
    return this.#inner.clients(room)
  }

  async hold(room: string, client: string): Promise<HeldCopy | null> {
    await this.#pass('hold')
    const copy = await this.#inner.hold(room, client)
    if (copy === null) return null
    const held: HeldCopy = {
      read: () => this.#pass('read').then(() => copy.read()),
      write: (parts) => this.#pass('write').then(() => copy.write(parts)),
      clear: () => this.#pass('clear').then(() => copy.clear()),
      release: () => {
        if (!this.#held.delete(held)) throw new Error('a copy is released twice')
        copy.release()
      },
    }
    this.#held.add(held)
    return held
  }

  async #pass(request: Request): Promise<void> {
    this.asked.push(request)
    this.#look()
    await this.#gates.get(request)
  }
}
