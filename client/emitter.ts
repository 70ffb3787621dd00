/**
 * Listeners of one object, by event. A listener that throws does not keep the others from hearing: its error is reported
 * as uncaught, where the application looks for its own bugs.
 */
type Listener<Args extends unknown[]> = (...args: Args) => void

export class Emitter<Events extends { [E in keyof Events]: Listener<never[]> }> {
  readonly #listeners = new Map<keyof Events, Set<Events[keyof Events]>>()

  /** Listens; the answer stops listening. */
  on<E extends keyof Events>(event: E, listener: Events[E]): () => void {
    const set = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, set)
    set.add(listener)
    return () => {
      set.delete(listener)
    }
  }

  emit<E extends keyof Events>(event: E, ...args: Parameters<Events[E]>): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        ;(listener as Listener<Parameters<Events[E]>>)(...args)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
