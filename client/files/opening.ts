/** Callers waiting for a file's text, by file. */
interface Waiter {
  resolve(): void
  reject(error: Error): void
}

const NONE: readonly string[] = []

export class FileWaiters {
  readonly #waiters = new Map<string, Waiter[]>()

  wait(file: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.set(file, [...(this.#waiters.get(file) ?? []), { resolve, reject }])
    })
  }

  /** The files that are waited for. */
  get files(): readonly string[] {
    return this.#waiters.size === 0 ? NONE : [...this.#waiters.keys()]
  }

  resolve(file: string): void {
    for (const waiter of this.#take(file)) waiter.resolve()
  }

  reject(file: string, error: Error): void {
    for (const waiter of this.#take(file)) waiter.reject(error)
  }

  rejectAll(error: Error): void {
    for (const file of [...this.#waiters.keys()]) this.reject(file, error)
  }

  #take(file: string): Waiter[] {
    const waiters = this.#waiters.get(file) ?? []
    this.#waiters.delete(file)
    return waiters
  }
}
