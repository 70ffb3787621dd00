/**
 * Tracks pending timers. The tests and the object under test share one isolate, so the object's timers are
 * visible here. A pending timer keeps an object from hibernating, and a room that never hibernates is billed
 * day and night.
 */
export class PendingTimers {
  readonly #waiting = new Map<unknown, string>()
  readonly #restore: (() => void)[] = []
  /** How many were started. */
  armed = 0

  constructor() {
    const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis
    const arm = (kind: string, ms: number | undefined, start: (done: () => void) => unknown) => {
      const id = start(() => this.#waiting.delete(id))
      this.#waiting.set(id, `${kind} of ${ms ?? 0} ms`)
      this.armed++
      return id
    }
    const patch = (name: string, value: unknown) => {
      const original = Reflect.get(globalThis, name)
      Reflect.set(globalThis, name, value)
      this.#restore.push(() => Reflect.set(globalThis, name, original))
    }
    patch('setTimeout', (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) =>
      arm('a timeout', ms, (done) =>
        setTimeout(() => {
          done()
          callback(...args)
        }, ms),
      ),
    )
    patch('setInterval', (callback: () => void, ms?: number) =>
      arm('an interval', ms, () => setInterval(callback, ms)),
    )
    patch('clearTimeout', (id: number | null) => {
      this.#waiting.delete(id)
      clearTimeout(id)
    })
    patch('clearInterval', (id: number | null) => {
      this.#waiting.delete(id)
      clearInterval(id)
    })
  }

  /** Descriptions of the pending timers. */
  get waiting(): string[] {
    return [...this.#waiting.values()]
  }

  /** Restores the original timers. */
  stop(): void {
    for (const restore of this.#restore) restore()
  }
}
