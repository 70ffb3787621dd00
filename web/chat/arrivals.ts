/**
 * Who comes and goes, as lines for the chat: made here from who is in the room, kept nowhere. Who is here at the beginning has not
 * come; who is away for less than some seconds has not gone (a reload, a lost connection); and without a connection here nothing can be said.
 */
import type { Arrival } from './groups.ts'

/** ms that somebody may be away without having left */
const BACK_MS = 5_000

interface Somebody {
  readonly user: string
  readonly name: string
}

export class Arrivals {
  readonly #tell: (arrival: Omit<Arrival, 'after'>) => void
  /** Who is here by name, as far as it was told; null before anybody was seen. */
  #here: Map<string, string> | null = null
  /** Those who went and may be back. */
  readonly #leaving = new Map<string, ReturnType<typeof setTimeout>>()

  constructor(tell: (arrival: Omit<Arrival, 'after'>) => void) {
    this.#tell = tell
  }

  /** @param others everybody else who is here; null while that is not known */
  see(others: readonly Somebody[] | null): void {
    if (others === null) {
      for (const timer of this.#leaving.values()) clearTimeout(timer)
      this.#leaving.clear()
      return
    }
    const now = new Map(others.map(({ user, name }) => [user, name]))
    this.#here ??= new Map(now)
    for (const [user, name] of now) {
      clearTimeout(this.#leaving.get(user))
      this.#leaving.delete(user)
      if (this.#here.has(user)) continue
      this.#here.set(user, name)
      this.#tell({ at: Date.now(), user, name, isHere: true })
    }
    for (const [user, name] of this.#here) {
      if (now.has(user) || this.#leaving.has(user)) continue
      this.#leaving.set(
        user,
        setTimeout(() => this.#gone(user, name), BACK_MS),
      )
    }
  }

  #gone(user: string, name: string): void {
    this.#leaving.delete(user)
    this.#here?.delete(user)
    this.#tell({ at: Date.now(), user, name, isHere: false })
  }
}
