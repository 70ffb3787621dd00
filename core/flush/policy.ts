/**
 * When a room flushes to its lasting copy: some idle time after the last commit, at the latest some age after the first
 * unflushed one, at once when nobody is here or when much has been written, and later and later while the store fails. Not a fixed beat, which
 * would keep a database that scales to zero awake. Whoever has typed for long will pause for longer: looking whether they do costs
 * a row each time. All times are ms since the epoch of Unix.
 */
export interface FlushSettings {
  /** ms without a commit after which a room flushes; half of the time that it was edited, where that is longer */
  readonly idleMs: number
  /** ms that a commit may at most wait for its flush */
  readonly maxAgeMs: number
  /** bytes of commits, and of what they name, from which on they wait no longer: a flush of much takes much memory */
  readonly maxBytes: number
  /** ms after which a client that submits nothing is forgotten; 0 for never */
  readonly clientMs: number
  /** ms to the first retry after a failure; doubles up to `retryMaxMs` */
  readonly retryMs: number
  readonly retryMaxMs: number
}

/** ms of a day */
export const DAY_MS = 86_400_000

export const DEFAULT_FLUSH: FlushSettings = {
  idleMs: 3_000,
  maxAgeMs: 30_000,
  maxBytes: 4 * 1024 * 1024,
  clientMs: 90 * DAY_MS,
  retryMs: 1_000,
  retryMaxMs: 60_000,
}

export interface FlushSituation {
  /** `at` of the first commit after the flushed seq; null when all is flushed */
  readonly dirtySince: number | null
  /** `at` of the last commit */
  readonly lastCommit: number
  /** bytes of the commits after the flushed seq, and of what they name */
  readonly dirtyBytes: number
  readonly sessions: number
  /** Failures since the last success, and when the last one was. */
  readonly failures: number
  readonly lastFailure: number
}

/**
 * When to flush next, or null when there is nothing to flush.
 * @param random 0 ≤ random < 1: spreads retries of many rooms over half to all of the delay
 */
export function nextFlush(situation: FlushSituation, settings: FlushSettings, random: number): number | null {
  const { dirtySince, dirtyBytes, lastCommit, sessions, failures, lastFailure } = situation
  if (dirtySince === null) return null
  if (failures > 0) return retryTime(failures, lastFailure, settings, random)
  if (sessions === 0 || dirtyBytes >= settings.maxBytes) return dirtySince
  const pause = Math.max(settings.idleMs, (lastCommit - dirtySince) / 2)
  return Math.min(lastCommit + pause, dirtySince + settings.maxAgeMs)
}

/** When to try again what has failed so often in a row. @param random 0 ≤ random < 1 */
export function retryTime(
  failures: number,
  lastFailure: number,
  settings: FlushSettings,
  random: number,
): number {
  const delay = Math.min(settings.retryMaxMs, settings.retryMs * 2 ** Math.min(failures - 1, 30))
  return lastFailure + delay * (0.5 + random / 2)
}
