/**
 * The one alarm of a room's object: for its next flush, for letting it go, and for a look at its sessions.
 * Every setting of an alarm is billed as a row written, so an alarm is only ever moved to an earlier time;
 * one that fires too early is set again. All times are Unix ms; null is never.
 */
import type { FlushSettings } from './policy.ts'

/** What a room has to do, and when. */
export interface Dues {
  /** See `nextFlush`. */
  readonly flush: number | null
  /** See `evictionDue`. */
  readonly eviction: number | null
  /** When a session has to be closed, or looked at. */
  readonly liveness: number | null
}

/**
 * What to set the alarm to; null if the one that is set comes early enough, or nothing is due.
 * @param set when the alarm fires that is set now
 * @param least not before this time: something has just failed
 */
export function nextAlarm(dues: Dues, set: number | null, now: number, least = 0): number | null {
  const times = [dues.flush, dues.eviction, dues.liveness].filter((time) => time !== null)
  if (times.length === 0) return null
  const due = Math.max(Math.min(...times), least)
  if (set !== null && set <= due) return null
  // Within the alarm handler, an alarm set for this very moment would be mistaken for the running one, and
  // lost.
  return Math.max(Math.ceil(due), now + 1)
}

/**
 * Whether the alarm that is set comes early enough for a commit that was just made, so that nothing has to
 * be computed for it: when it fires, the next one is set. One that is set for eviction may be too late.
 * @param pauseMs how long the flush waits for another commit, see `pauseAfter`
 * @param dirtyBytes bytes of the commits that are not flushed
 */
export function isEarlyEnough(
  set: number | null,
  pauseMs: number,
  dirtyBytes: number,
  { maxAgeMs, maxBytes }: Pick<FlushSettings, 'maxAgeMs' | 'maxBytes'>,
  now: number,
): boolean {
  const ms = dirtyBytes < maxBytes ? Math.min(pauseMs, maxAgeMs) : 1
  return set !== null && set <= now + ms
}

/** What decides whether a room may be let go. */
export interface Occupancy {
  readonly connections: number
  /** Calls under way that need the room. */
  readonly calls: number
  /** Whether Postgres is believed to have all of the room. */
  readonly isStored: boolean
  /** When the last connection ended. */
  readonly leftAt: number | null
  /** When the database may be asked, which has the last word. */
  readonly askAt: number
}

/**
 * When the room may be let go, and its storage deleted: nobody is connected or calling, Postgres has
 * everything, and the grace period is over.
 */
export function evictionDue(
  { connections, calls, isStored, leftAt, askAt }: Occupancy,
  graceMs: number,
  now: number,
): number | null {
  if (connections > 0 || calls > 0 || !isStored) return null
  // A time recorded before the clock was set back must not lie ahead.
  return Math.max(Math.min(leftAt ?? now, now) + graceMs, askAt)
}
