/** The job of one load process, and its result: figures by name. */

export interface Job {
  readonly system: string
  readonly url: string
  /** Root of the sources that the server was started from; Edgeroom's adapter comes from there too. */
  readonly sources: string
  /** Process id of the server, whose descendants are included; 0 if there is none. */
  readonly server: number
  readonly load: string
  readonly params: Readonly<Record<string, number | string>>
}

/** Figures by name. `lost` is the number of acked ops that a fresh client does not see, and must be 0. */
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
