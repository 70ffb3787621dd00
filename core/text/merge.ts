// Three-way merge, for texts that diverged from a common base in unknown ways: changes made by only one side
// are kept; where both sides changed the same place, the room's text wins and ours is returned as a
// conflict, since neither order of the two would be right. Finer than lines: changes to different words of a
// line do not conflict. Knows no file and no room.

import { type Hunk, hunksOf } from './hunks.ts'
import type { TextOp } from './op.ts'
import { OpBuilder } from './op-builder.ts'

export interface Merge {
  /** Our op without the conflicting parts, still on the base. */
  readonly mine: TextOp
  /** Parts left out because they conflict with theirs, in order. */
  readonly conflicts: readonly Hunk[]
  /** Parts left out because theirs does the same, in order. */
  readonly same: readonly Hunk[]
}

/**
 * @param mine and
 * @param theirs ops in normal form on the same text, the base
 */
export function merge(mine: TextOp, theirs: TextOp): Merge {
  const taken = hunksOf(theirs)
  const kept: Hunk[] = []
  const conflicts: Hunk[] = []
  const same: Hunk[] = []
  let next = 0
  for (const hunk of hunksOf(mine)) {
    // Hunks ascend on both sides: a hunk that ends before this one begins meets none of the later ones
    // either.
    while (next < taken.length && taken[next]!.end < hunk.start) next++
    const met: Hunk[] = []
    for (let i = next; i < taken.length && taken[i]!.start <= hunk.end; i++) met.push(taken[i]!)
    if (met.some((other) => isSame(hunk, other))) same.push(hunk)
    else if (met.some((other) => collide(hunk, other))) conflicts.push(hunk)
    else kept.push(hunk)
  }
  return { mine: opOf(kept), conflicts, same }
}

/** Both made the same change: applying it once is enough. */
function isSame(a: Hunk, b: Hunk): boolean {
  return a.start === b.start && a.end === b.end && a.insert === b.insert && a.end > a.start
}

/** Whether two replacements conflict, that is, their order matters. */
function collide(a: Hunk, b: Hunk): boolean {
  if (a.start === a.end && b.start === b.end) return false
  if (a.start === a.end) return b.start < a.start && a.start < b.end
  if (b.start === b.end) return a.start < b.start && b.start < a.end
  if (a.insert === '' && b.insert === '') return false
  return a.start < b.end && b.start < a.end
}

function opOf(hunks: readonly Hunk[]): TextOp {
  const op = new OpBuilder()
  let done = 0
  for (const { start, end, insert } of hunks) {
    op.skip(start - done)
    op.insert(insert)
    op.delete(end - start)
    done = end
  }
  return op.finish()
}
