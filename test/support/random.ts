/** Reproducible randomness for tests: everything follows from a seed, which a failing test prints. */

import type { OpComponent, TextOp } from '../../core/text/index.ts'
import { Chance } from '../../verify/random.ts'

/** A new seed, or the one in the environment variable SEED. */
export function freshSeed(): string {
  return process.env.SEED ?? Math.random().toString(36).slice(2)
}

export class Random extends Chance {
  /**
   * One valid character: ASCII, a line feed, or one of those that are counted
   * differently in units, points or bytes.
   */
  point(): string {
    const sort = this.int(16)
    if (sort < 8) return String.fromCharCode(32 + this.int(95))
    if (sort < 10) return '\n'
    if (sort < 12) return String.fromCharCode(0xc0 + this.int(64))
    if (sort < 14) return String.fromCharCode(0x4e00 + this.int(256))
    return String.fromCodePoint(0x1f600 + this.int(64))
  }

  /** Up to `maxPoints` characters, possibly none. */
  text(maxPoints: number): string {
    return this.textOf(this.int(maxPoints + 1))
  }

  /** Exactly `points` characters. */
  textOf(points: number): string {
    let text = ''
    for (let i = 0; i < points; i++) text += this.point()
    return text
  }

  /** An op in normal form for a text of `points` code points; it may change nothing. */
  op(points: number, maxComponents = 8): TextOp {
    const op: OpComponent[] = []
    const wanted = this.int(maxComponents + 1)
    let left = points
    let last = ''
    for (let i = 0; i < wanted; i++) {
      const kind = this.pick(['skip', 'insert', 'delete'])
      if (kind === last) continue
      if (kind === 'insert') op.push(this.textOf(1 + this.int(4)))
      else if (left === 0) continue
      else {
        const reach = 1 + this.int(this.chance(0.3) ? left : Math.min(left, 6))
        op.push(kind === 'skip' ? reach : { d: reach })
        left -= reach
      }
      last = kind
    }
    if (last === 'skip') op.pop()
    return op
  }
}
