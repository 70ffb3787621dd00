/**
 * Lines such as “Ada left” for the chat, derived from who is in the room and stored nowhere. People who are
 * here at the start have not just arrived; an absence of a few seconds (a reload, a lost connection) does
 * not count as leaving; and while this window is offline, nothing is reported.
 */
import type { Arrival } from './groups.ts'

/** ms that somebody may be away before they count as gone */
const BACK_MS = 5_000

interface Somebody {
  readonly user: string
  readonly name: string
}

export class Arrivals {
  readonly #tell: (arrival: Omit<Arrival, 'after'>) => void
  /** Names by user, as reported so far; null before the first call of `see`. */
  #here: Map<string, string> | null = null
  /** Timers of people who went and may be back. */
  readonly #leaving = new Map<string, ReturnType<typeof setTimeout>>()

  constructor(tell: (arrival: Omit<Arrival, 'after'>) => void) {
    this.#tell = tell
  }

  /** @param others everyone else in the room; null while offline */
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
