/**
 * A storage that does not answer as it should: each kind of request can wait until the test lets it go on, or fail. Below it is one that
 * works. It counts who holds copies, so that a test sees whether anything stays held.
 */
import type { HeldCopy, RoomStorage } from '../../client/index.ts'

export const REQUESTS = ['clients', 'hold', 'read', 'write', 'clear'] as const
export type Request = (typeof REQUESTS)[number]

export class SlowStorage implements RoomStorage {
  readonly #inner: RoomStorage
  readonly #gates = new Map<Request, Promise<void>>()
  readonly #open = new Map<Request, () => void>()
  readonly #held = new Set<HeldCopy>()
  /** Requests that came, in their order. */
  readonly asked: Request[] = []
  #look = () => {}

  constructor(inner: RoomStorage) {
    this.#inner = inner
  }

  /** Copies that are held. */
  get held(): number {
    return this.#held.size
  }

  /** From now on these requests wait. */
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

  /** What waits goes on, and nothing waits any more. */
  release(): void {
    this.#gates.clear()
    for (const open of this.#open.values()) open()
  }

  /** Resolves once this was asked for, so often. */
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
        if (!this.#held.delete(held)) throw new Error('a copy is let go of twice')
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
