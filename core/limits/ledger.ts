/**
 * What is remembered of many people by key, within a bound: whoever has recovered is forgotten first, since
 * somebody new would stand as they do, and then whoever came first. Pure: it knows no clock.
 */

/** Keys that are remembered at most. */
const MOST = 10_000
/**
 * The part of them that is forgotten where nobody has recovered, so that it is not looked for at each step.
 */
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

  /** What is remembered under a key, made where nothing is. @param now ms */
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
