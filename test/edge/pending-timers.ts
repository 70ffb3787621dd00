/**
 * Which timers wait. The tests and the object under test share one isolate, so what the object arms is seen here. A timer that
 * waits keeps an object from sleeping, and a room that never sleeps is paid for day and night.
 */
export class PendingTimers {
  readonly #waiting = new Map<unknown, string>()
  readonly #restore: (() => void)[] = []
  /** How many were armed since the start. */
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

  /** What waits now, in words. */
  get waiting(): string[] {
    return [...this.#waiting.values()]
  }

  /** Takes the watch off again. */
  stop(): void {
    for (const restore of this.#restore) restore()
  }
}
