/**
 * An in-memory storage for the SDK that outlives the rooms using it, as a browser's storage outlives pages.
 * A test can simulate a crash of all pages (their holds end, and their later writes are lost), make writes
 * fail, and inspect what is stored.
 */
import type { HeldCopy, RoomStorage } from '../../client/index.ts'

export class MemoryStorage implements RoomStorage {
  readonly #copies = new Map<string, Map<string, string>>()
  readonly #held = new Map<string, symbol>()
  #look = () => {}
  /** If set, every write fails with this error. */
  failure: Error | null = null

  clients(room: string): Promise<readonly string[]> {
    const names = [...this.#copies.keys()].map((key) => JSON.parse(key) as [string, string])
    return Promise.resolve(names.filter(([of]) => of === room).map(([, client]) => client))
  }

  hold(room: string, client: string): Promise<HeldCopy | null> {
    const key = JSON.stringify([room, client])
    if (this.#held.has(key)) return Promise.resolve(null)
    const holder = Symbol(key)
    this.#held.set(key, holder)
    const change = (work: () => void): Promise<void> => {
      // The write of a crashed page never happens and never settles.
      if (this.#held.get(key) !== holder) return new Promise(() => {})
      if (this.failure !== null) return Promise.reject(this.failure)
      work()
      this.#look()
      return Promise.resolve()
    }
    return Promise.resolve({
      read: () => Promise.resolve(new Map(this.#copies.get(key))),
      write: (parts) =>
        change(() => {
          const copy = this.#copies.get(key) ?? new Map<string, string>()
          this.#copies.set(key, copy)
          for (const [name, part] of parts) {
            if (part === null) copy.delete(name)
            else copy.set(name, part)
          }
        }),
      clear: () => change(() => this.#copies.delete(key)),
      release: () => {
        if (this.#held.get(key) === holder) this.#held.delete(key)
      },
    })
  }

  /** Crashes all pages at once. */
  crash(): void {
    this.#held.clear()
  }

  /** Rewrites one entry of every copy. */
  rewrite(name: string, change: (part: string) => string): void {
    for (const copy of this.#copies.values()) copy.set(name, change(copy.get(name) ?? ''))
  }

  /** Everything stored for all clients, as one text. */
  get kept(): string {
    return JSON.stringify([...this.#copies].map(([key, parts]) => [key, ...parts]))
  }

  /** Resolves once `holds` is true of what is stored. */
  until(holds: (kept: string) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (holds(this.kept)) resolve()
      }
      this.#look()
    })
  }
}
