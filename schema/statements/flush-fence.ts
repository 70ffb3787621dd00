/**
 * Whether a flush may write, given what is stored. What a room believes Postgres to have is only a belief
 * until it is compared: each flush names the seq that it builds on and the instance of the object that it
 * comes from, and both are compared with the row, under its lock. The rule is written twice: as code, for
 * stores without SQL and for the caller's answer, and as an SQL condition; the contract suite checks that
 * they agree.
 */

import { and, eq, gte, isNull, lte, or, type SQL, sql } from 'drizzle-orm'
import { type FlushHead, type StoredMark, StoreError } from '../store.ts'
import { rooms } from '../tables.ts'

/**
 * `write`: the row is as the flush expects. `newer`: a later flush of the same writer is stored. `behind`:
 * the row is gone, or went back to what this room or an earlier writer of it wrote. `conflict`: it belongs
 * to another room or another writer.
 */
export type Verdict = 'write' | 'newer' | 'behind' | 'conflict'

/** The row as a flush finds it. */
export interface FoundRow {
  /** null for none */
  readonly stored: StoredMark | null
  /** Parts of a flush that are stored above its seq; 0 if none is under way. */
  readonly parts: number
}

/** @param stored the current row; null for none */
export function verdictOf(stored: StoredMark | null, flush: FlushHead): Verdict {
  if (stored === null) return flush.base === 0 ? 'write' : 'behind'
  if (stored.writer !== null && stored.writer === flush.writer) {
    const isOurEpoch = stored.epoch === flush.epoch || stored.epoch === flush.takes?.epoch
    if (!isOurEpoch || stored.seq < flush.base) return 'behind'
    return stored.seq > flush.seq ? 'newer' : 'write'
  }
  if (takes(stored, flush)) return 'write'
  const isAncestor = stored.writer === null || flush.lineage.includes(stored.writer)
  // A row with nothing newer but another epoch was restored from a backup (npm run db:restored).
  const isOlder = stored.seq < flush.base || (stored.seq === flush.base && stored.epoch !== flush.epoch)
  return isAncestor && isOlder ? 'behind' : 'conflict'
}

/**
 * As `verdictOf`, for one part of a flush. A part is only written on top of the earlier ones: the row may
 * have gone back in between.
 */
export function partVerdict(
  { stored, parts }: FoundRow,
  part: FlushHead & { readonly number: number },
): Verdict {
  const verdict = verdictOf(stored, part)
  return verdict === 'write' && parts < part.number ? 'behind' : verdict
}

/** Whether the row is exactly the one that the room was restored from. */
function takes(stored: StoredMark, { takes, base }: FlushHead): boolean {
  return (
    takes !== null && stored.writer === takes.writer && stored.epoch === takes.epoch && stored.seq === base
  )
}

/** `takes` as an SQL condition on `rooms`. */
export function takesOver({ room, takes, base }: FlushHead): SQL {
  if (takes === null) return sql`false`
  const writer = takes.writer === null ? isNull(rooms.writer) : eq(rooms.writer, takes.writer)
  return and(eq(rooms.room, room), writer, eq(rooms.epoch, takes.epoch), eq(rooms.seq, base)) ?? sql`false`
}

/** `partVerdict` is `write`, as an SQL condition on `rooms`. */
export function mayWrite(part: FlushHead & { readonly number: number }): SQL {
  const { room, epoch, seq, base, writer, takes, number } = part
  const ours =
    takes === null ? eq(rooms.epoch, epoch) : or(eq(rooms.epoch, epoch), eq(rooms.epoch, takes.epoch))
  const own = and(
    eq(rooms.room, room),
    eq(rooms.writer, writer),
    ours,
    gte(rooms.seq, base),
    lte(rooms.seq, seq),
  )
  return and(or(own, takesOver(part)), gte(rooms.parts, number)) ?? sql`false`
}

/** The error for a conflict. */
export function conflict(stored: StoredMark | null, { epoch, takes }: FlushHead): StoreError {
  const isOther = stored?.epoch !== epoch && stored?.epoch !== takes?.epoch
  const what = isOther ? 'another room is stored under this name' : 'another writer writes this room'
  return new StoreError('conflict', what, {
    where: `the row is of epoch ${stored?.epoch}, seq ${stored?.seq}, writer ${stored?.writer}`,
  })
}
