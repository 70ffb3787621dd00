/**
 * What a message costs. The room uses it to limit what a connection sends, the SDK to stay below the limit
 * it was given; both call these functions, so they agree.
 */
import type { RateKind } from './limits.ts'
import type { ClientMessage } from './messages.ts'

/** UTF-16 units, sent or requested, that cost as much as one message. */
const UNITS_PER_MESSAGE = 16 * 1024
/** Cost of one archive access, and commits that cost as much as one message. */
const ARCHIVE_COST = 10
const COMMITS_PER_MESSAGE = 10

export function kindOf(type: ClientMessage['type']): RateKind {
  return type === 'submit' || type === 'presence' ? type : 'request'
}

/** Cost of a message. @param units UTF-16 units of its frame */
export function costOf(units: number): number {
  return 1 + costOfAnswer(units)
}

/** Additional cost of the answer to a message. @param units UTF-16 units */
export function costOfAnswer(units: number): number {
  return Math.floor(units / UNITS_PER_MESSAGE)
}

/** Cost of reading this many commits from the room's disk for one message. */
export function costOfReading(commits: number): number {
  return Math.ceil(Math.max(0, commits) / COMMITS_PER_MESSAGE)
}

/** Cost of reading commits from the archive for one message. */
export function costOfArchive(commits: number): number {
  return commits === 0 ? 0 : ARCHIVE_COST + Math.floor(commits / COMMITS_PER_MESSAGE)
}
