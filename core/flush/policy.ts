/**
 * When a room flushes to its store: some idle time after the last commit, at the latest some age after the
 * first unflushed one, at once if nobody is here or much has been written, and with growing delays while the
 * store fails. Not at a fixed interval, which would keep a database that scales to zero awake. The idle time
 * grows with the time spent typing, over several flushes: people who typed for long also pause for longer,
 * and each check whether they have stopped costs a row. All times are Unix ms.
 */
import { backoffMs } from '../limits/backoff.ts'

export interface FlushSettings {
  /** ms without a commit after which a room flushes; as long as it was edited, if that is longer. */
  readonly idleMs: number
  /** Maximum ms that a commit waits for its flush. */
  readonly maxAgeMs: number
  /** Bytes of commits, and of their blobs, that trigger a flush at once: a large flush takes much memory. */
  readonly maxBytes: number
  /** ms after which a client that submits nothing is forgotten; 0 for never. */
  readonly clientMs: number
  /** ms until the first retry after a failure; doubles up to `retryMaxMs`. */
  readonly retryMs: number
  readonly retryMaxMs: number
}

/** ms per day */
export const DAY_MS = 86_400_000

export const DEFAULT_FLUSH: FlushSettings = {
  idleMs: 3_000,
  maxAgeMs: 30_000,
  maxBytes: 4 * 1024 * 1024,
  clientMs: 90 * DAY_MS,
  retryMs: 1_000,
  retryMaxMs: 60_000,
}

/** Commits with no pause between them that is longer than `pauseAfter` says. */
export interface Burst {
  /** `at` of its first commit */
  readonly since: number
  /** `at` of its last commit */
  readonly until: number
}

export interface FlushSituation {
  /** `at` of the first commit after the flushed seq; null if everything is flushed. */
  readonly dirtySince: number | null
  /** The burst that the last flushed commit belongs to; null if that is unknown. */
  readonly flushed: Burst | null
  /** `at` of the last commit. */
  readonly lastCommit: number
  /** Bytes of the commits after the flushed seq, and of their blobs. */
  readonly dirtyBytes: number
  readonly sessions: number
  /** Failures since the last success, and the time of the last. */
  readonly failures: number
  readonly lastFailure: number
  /** When the flush budget may be asked again; 0 for any time. */
  readonly leaseAt: number
}

/**
 * When to flush next, or null if there is nothing to flush.
 * @param random 0 ≤ random < 1: spreads retries of many rooms over half to all of the delay
 */
export function nextFlush(
  situation: FlushSituation,
  settings: FlushSettings,
  random: number,
  now: number,
): number | null {
  const { dirtySince, leaseAt } = situation
  if (dirtySince === null) return null
  const due = wantedAt(situation, dirtySince, settings, random)
  // Times recorded before the clock was set back must not lie hours ahead.
  return Math.max(Math.min(due, now + Math.max(settings.maxAgeMs, settings.retryMaxMs)), leaseAt)
}

/** A burst that is extended by unflushed commits, or a new one if these came after a pause. */
export function extended(flushed: Burst | null, { since, until }: Burst, idleMs: number): Burst {
  const isOne = flushed !== null && since - flushed.until < pauseAfter(flushed, idleMs)
  return { since: isOne ? flushed.since : since, until }
}

/** ms without a commit that end a burst. */
export function pauseAfter({ since, until }: Burst, idleMs: number): number {
  return Math.max(idleMs, until - since)
}

function wantedAt(
  { flushed, dirtyBytes, lastCommit, sessions, failures, lastFailure }: FlushSituation,
  dirtySince: number,
  settings: FlushSettings,
  random: number,
): number {
  if (failures > 0) return retryTime(failures, lastFailure, settings, random)
  if (sessions === 0 || dirtyBytes >= settings.maxBytes) return dirtySince
  const burst = extended(flushed, { since: dirtySince, until: lastCommit }, settings.idleMs)
  return Math.min(lastCommit + pauseAfter(burst, settings.idleMs), dirtySince + settings.maxAgeMs)
}

/** When to retry after this many consecutive failures. @param random 0 ≤ random < 1 */
export function retryTime(
  failures: number,
  lastFailure: number,
  settings: FlushSettings,
  random: number,
): number {
  return lastFailure + backoffMs(settings.retryMs, settings.retryMaxMs, failures - 1, random)
}
