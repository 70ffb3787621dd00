/**
 * The report of a desync: what a client says of its text, beside what the room's log says of the same commit. It holds
 * all that is needed to do over what happened, and nothing of other files. A report that the log itself shows to be
 * mistaken is none.
 */
import { fileOf } from '../protocol/changes.ts'
import { REPORT_UNITS } from '../protocol/limits.ts'
import type { Commit, Desync } from '../protocol/messages.ts'
import { fill } from './blobs.ts'

export interface DesyncReport {
  readonly room: string
  readonly epoch: string
  /** ms since the epoch of Unix, by the room's clock */
  readonly at: number
  readonly user: string
  readonly client: string
  /** The file's path now; null when it is gone. */
  readonly path: string | null
  readonly said: Desync
  /** The commit as it is in the log, with this file's changes and checksum alone. */
  readonly commit: Commit
  /** The room's checksum of the text before that commit; null when it is not at hand. */
  readonly sumBefore: number | null
}

/** What a report takes from the room, beside what the client says. */
export interface ReportFacts
  extends Pick<DesyncReport, 'room' | 'epoch' | 'at' | 'user' | 'client' | 'path'> {
  /** The commit of which the client speaks; null when it is not in the log, or not at hand. */
  readonly commit: Commit | null
  readonly sumBefore: number | null
  /** Content of the commit that lies beside it. */
  blob(blob: string): string | null
}

/** The report, or null when there is nothing to report: the log has no such commit, or no other checksum of the file in it. */
export function desyncReport(said: Desync, { blob, commit, ...facts }: ReportFacts): DesyncReport | null {
  if (commit === null || !Object.hasOwn(commit.sums, said.file)) return null
  if (commit.sums[said.file] === said.sum) return null
  return { ...facts, said, commit: whole(ofFile(commit, said.file), blob) }
}

/** What of a commit concerns one file. */
function ofFile(commit: Commit, file: string): Commit {
  const entries = commit.entries.flatMap((entry) => {
    const changes = entry.changes.filter((change) => fileOf(change) === file)
    return changes.length === 0 ? [] : [{ ...entry, changes }]
  })
  return { ...commit, entries, sums: { [file]: commit.sums[file] ?? 0 } }
}

/** With the content that lies beside the commit in it, unless that is too large. */
function whole(commit: Commit, blob: ReportFacts['blob']): Commit {
  const filled = fill(commit, (id) => blob(id) ?? undefined)
  return JSON.stringify(filled).length <= REPORT_UNITS ? filled : commit
}
