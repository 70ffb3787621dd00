// Reproducible randomness: everything follows from the seed. The generator is sfc32 (Chris Doty-Humphrey,
// PractRand); its 128 bits of state are derived from the seed by four FNV-1a hashes with a murmur3 finish.

/** A seed for a run without one; it is printed, so that the run can be repeated. */
export function freshSeed(): string {
  return Math.random().toString(36).slice(2)
}

export class Chance {
  readonly seed: string
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: string | bigint | number) {
    this.seed = String(seed)
    this.#a = hash(this.seed, 0x811c9dc5)
    this.#b = hash(this.seed, 0x9e3779b9)
    this.#c = hash(this.seed, 0x85ebca6b)
    this.#d = hash(this.seed, 0xc2b2ae35)
    for (let i = 0; i < 16; i++) this.uint32()
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** A number from 0 up to, but not including, 1. */
  fraction(): number {
    return this.uint32() / 0x1_0000_0000
  }

  /** An integer from 0 to n - 1. */
  int(n: number): number {
    return Math.floor(this.fraction() * n)
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from')
    return items[this.int(items.length)] as T
  }
}

function hash(text: string, start: number): number {
  let h = start
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h ^= text.length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
