/**
 * A desync report: what a client says about its text, and what the room's log says about the same commit. It
 * has everything needed to replay what happened, and nothing of other files. No report is made if the log
 * shows the client to be mistaken.
 */
import { fileOf } from '../protocol/changes.ts'
import { REPORT_UNITS } from '../protocol/limits.ts'
import type { Commit, Desync } from '../protocol/messages.ts'
import { fill } from './blobs.ts'

export interface DesyncReport {
  readonly room: string
  readonly epoch: string
  /** Unix ms, by the room's clock. */
  readonly at: number
  readonly user: string
  readonly client: string
  /** The file's current path; null if it was removed. */
  readonly path: string | null
  readonly said: Desync
  /** The commit as logged, reduced to this file's changes and checksum. */
  readonly commit: Commit
  /** The room's checksum of the text before that commit; null if unavailable. */
  readonly sumBefore: number | null
}

/** The room's part of a report. */
export interface ReportFacts
  extends Pick<DesyncReport, 'room' | 'epoch' | 'at' | 'user' | 'client' | 'path'> {
  /** The commit that the client refers to; null if it is not in the log or unavailable. */
  readonly commit: Commit | null
  readonly sumBefore: number | null
  /** Content stored beside the commit. */
  blob(blob: string): string | null
}

/**
 * The report, or null if there is nothing to report: the log lacks this commit, or its checksum for the file
 * agrees with the client's.
 */
export function desyncReport(said: Desync, { blob, commit, ...facts }: ReportFacts): DesyncReport | null {
  if (commit === null || !Object.hasOwn(commit.sums, said.file)) return null
  if (commit.sums[said.file] === said.sum) return null
  return { ...facts, said, commit: whole(ofFile(commit, said.file), blob) }
}

/** The part of a commit that concerns one file. */
function ofFile(commit: Commit, file: string): Commit {
  const entries = commit.entries.flatMap((entry) => {
    const changes = entry.changes.filter((change) => fileOf(change) === file)
    return changes.length === 0 ? [] : [{ ...entry, changes }]
  })
  return { ...commit, entries, sums: { [file]: commit.sums[file] ?? 0 } }
}

/** Inlines the content stored beside the commit, unless that makes it too large. */
function whole(commit: Commit, blob: ReportFacts['blob']): Commit {
  const filled = fill(commit, (id) => blob(id) ?? undefined)
  return JSON.stringify(filled).length <= REPORT_UNITS ? filled : commit
}
