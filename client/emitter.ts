/**
 * Listeners of one object, by event. A listener that throws does not affect the others: its error is
 * rethrown as uncaught. Events that must not be missed are queued for their first listener.
 */
type Listener<Args extends unknown[]> = (...args: Args) => void

export class Emitter<Events extends { [E in keyof Events]: Listener<never[]> }> {
  readonly #listeners = new Map<keyof Events, Set<Events[keyof Events]>>()
  /** Queued events that had no listener yet. */
  readonly #waiting = new Map<keyof Events, unknown[][]>()

  /** @param patient events that are queued until there is a listener */
  constructor(patient: readonly (keyof Events)[] = []) {
    for (const event of patient) this.#waiting.set(event, [])
  }

  /** Adds a listener. Returns a function that removes it. */
  on<E extends keyof Events>(event: E, listener: Events[E]): () => void {
    const set = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, set)
    set.add(listener)
    const waiting = this.#waiting.get(event)?.splice(0) ?? []
    for (const args of waiting) this.emit(event, ...(args as Parameters<Events[E]>))
    return () => {
      set.delete(listener)
    }
  }

  emit<E extends keyof Events>(event: E, ...args: Parameters<Events[E]>): void {
    const next = this.begin(event, ...args)
    while (next());
  }

  /**
   * Like `emit`, but each call of the returned function calls one listener; it returns false when all were
   * called.
   */
  begin<E extends keyof Events>(event: E, ...args: Parameters<Events[E]>): () => boolean {
    const listeners = [...(this.#listeners.get(event) ?? [])]
    if (listeners.length === 0) this.#waiting.get(event)?.push(args)
    let heard = 0
    return () => {
      const listener = listeners[heard++]
      if (listener === undefined) return false
      try {
        ;(listener as Listener<Parameters<Events[E]>>)(...args)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
      return true
    }
  }

  /** The arguments of each queued event. */
  waiting<E extends keyof Events>(event: E): Parameters<Events[E]>[] {
    return [...(this.#waiting.get(event) ?? [])] as Parameters<Events[E]>[]
  }
}
