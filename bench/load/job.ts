/** What the runner asks of one process of load, and what it gets back: numbers by name. */

export interface Job {
  readonly system: string
  readonly url: string
  /** The server's process, with all its children; 0 where there is none. */
  readonly server: number
  readonly load: string
  readonly params: Readonly<Record<string, number | string>>
}

/** Numbers by name. `lost` is the number of acked ops that a fresh client does not see, and has to be 0. */
export type Figures = Record<string, number>

export class Params {
  readonly #values: Job['params']

  constructor(values: Job['params']) {
    this.#values = values
  }

  number(name: string, fallback?: number): number {
    const value = this.#values[name] ?? fallback
    if (typeof value !== 'number') throw new Error(`the parameter ${name} is missing`)
    return value
  }

  text(name: string, fallback: string): string {
    const value = this.#values[name] ?? fallback
    return String(value)
  }
}
