// An op as a list of replacements, as editors and merges see it: all inserts and deletes up to the next skip
// are one, in whatever order they occur.

import type { TextOp } from './op.ts'

/** Points `start` to `end` of the original text become `insert`. */
export interface Hunk {
  readonly start: number
  readonly end: number
  readonly insert: string
}

/** The replacements of an op, in ascending order. */
export function hunksOf(op: TextOp): Hunk[] {
  const hunks: Hunk[] = []
  let point = 0
  for (let i = 0; i < op.length; ) {
    const component = op[i]!
    if (typeof component === 'number') {
      point += component
      i++
      continue
    }
    const start = point
    let insert = ''
    for (; i < op.length; i++) {
      const next = op[i]!
      if (typeof next === 'number') break
      if (typeof next === 'string') insert += next
      else point += next.d
    }
    hunks.push({ start, end: point, insert })
  }
  return hunks
}
