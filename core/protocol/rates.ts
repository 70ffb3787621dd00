/**
 * What a message counts for where messages are counted: the room to bound what a connection sends, the SDK to send no
 * faster than it was told. Both use these functions, so that they agree.
 */
import type { RateKind } from './limits.ts'
import type { ClientMessage } from './messages.ts'

/** UTF-16 units, sent or asked for, that count as one message more. */
const UNITS_PER_TOKEN = 16 * 1024
/** What it costs to ask the archive, and the commits of it that count as one message more. */
const ARCHIVE_TOKENS = 10
const COMMITS_PER_TOKEN = 10

export function kindOf(type: ClientMessage['type']): RateKind {
  return type === 'submit' || type === 'presence' ? type : 'request'
}

/** Tokens of a message. @param units UTF-16 units of its frame */
export function costOf(units: number): number {
  return 1 + costOfAnswer(units)
}

/** Tokens of what a message is answered with, beside its own. @param units UTF-16 units */
export function costOfAnswer(units: number): number {
  return Math.floor(units / UNITS_PER_TOKEN)
}

/** Tokens of reading so many commits from the room's disk for one message. */
export function costOfReading(commits: number): number {
  return Math.ceil(Math.max(0, commits) / COMMITS_PER_TOKEN)
}

/** Tokens of reading commits from the archive for one message. */
export function costOfArchive(commits: number): number {
  return commits === 0 ? 0 : ARCHIVE_TOKENS + Math.floor(commits / COMMITS_PER_TOKEN)
}
