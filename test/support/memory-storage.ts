/**
 * A storage for the SDK in memory, which outlives the rooms that use it as a browser's does its pages. A test may let a page crash
 * (its holds are gone, and nothing it still writes arrives), make writes fail, and look at what is kept.
 */
import type { HeldCopy, RoomStorage } from '../../client/index.ts'

export class MemoryStorage implements RoomStorage {
  readonly #copies = new Map<string, Map<string, string>>()
  readonly #held = new Map<string, symbol>()
  #look = () => {}
  /** Makes every write fail with this. */
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
      // A page that is gone writes nothing; nobody hears that it failed.
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

  /** All pages are gone, at once. */
  crash(): void {
    this.#held.clear()
  }

  /** Changes a part of every copy by hand. */
  rewrite(name: string, change: (part: string) => string): void {
    for (const copy of this.#copies.values()) copy.set(name, change(copy.get(name) ?? ''))
  }

  /** What is kept of every client, as one text. */
  get kept(): string {
    return JSON.stringify([...this.#copies].map(([key, parts]) => [key, ...parts]))
  }

  /** Resolves once this holds of what is kept. */
  until(holds: (kept: string) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (holds(this.kept)) resolve()
      }
      this.#look()
    })
  }
}
