/**
 * Bounded map of per-key state for many users: when it is full, entries that have recovered are dropped
 * first, since a new entry would be equal to them, then the oldest. Pure: it knows no clock.
 */

/** Maximum number of keys. */
const MOST = 10_000
/** The fraction dropped when none has recovered, so that this is not repeated for every new key. */
const PART = 10

export class Ledger<T extends { isFull(now: number): boolean }> {
  readonly #byKey = new Map<string, T>()
  readonly #most: number

  constructor(most = MOST) {
    this.#most = most
  }

  get size(): number {
    return this.#byKey.size
  }

  /** The entry of a key, created if missing. @param now ms */
  of(key: string, now: number, make: () => T): T {
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    if (this.#byKey.size >= this.#most) this.#makeRoom(now)
    const made = make()
    this.#byKey.set(key, made)
    return made
  }

  #makeRoom(now: number): void {
    for (const [key, value] of this.#byKey) if (value.isFull(now)) this.#byKey.delete(key)
    if (this.#byKey.size < this.#most) return
    let left = Math.max(1, Math.floor(this.#most / PART))
    for (const key of this.#byKey.keys()) {
      this.#byKey.delete(key)
      if (--left === 0) return
    }
  }
}
