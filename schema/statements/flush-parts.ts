/**
 * Cuts a flush that is too large for one transaction into parts, to be written one after the other, each read when it is its turn:
 * no more than one is in memory. Invariant: the last part alone says that the batch is stored, and it comes when everything else
 * is; so whoever breaks off in between has only brought commits and newer files early, and the whole can be repeated. Pure; knows no SQL.
 */

import type { FlushBatch, StoredCommit, StoredFile } from '../store.ts'

/**
 * A part has about this much text, in UTF-16 units: little enough that an object with its 128 MB can hold it several times over,
 * as rows, as JSON and as bytes.
 */
export const MAX_PART_UNITS = 4 * 1024 * 1024

/** One transaction of a flush. Only the last one moves the seq, clients, removals and new paths, unless the batch is not whole. */
export interface FlushPart extends FlushBatch {
  readonly files: readonly StoredFile[]
  readonly commits: readonly StoredCommit[]
  /** How many come before it. */
  readonly number: number
  readonly last: boolean
}

/** The parts of a batch in the order to write them: first its commits, then its files. A small batch is one part. */
export function* flushParts(batch: FlushBatch, maxUnits = MAX_PART_UNITS): IterableIterator<FlushPart> {
  let number = 0
  const partOf = (group: readonly Row[]) => {
    const part = { ...batch, removed: [], moved: [], clients: [], ...ofRows(group), number, last: false }
    number++
    return part
  }
  let rows: Row[] = []
  let units = 0
  for (const row of rowsOf(batch)) {
    const more = unitsOfRow(row)
    if (rows.length > 0 && units + more > maxUnits) {
      yield partOf(rows)
      rows = []
      units = 0
    }
    rows.push(row)
    units += more
  }
  if (!batch.isWhole) yield partOf(rows)
  else yield { ...batch, ...ofRows(rows), number, last: true }
}

type Row = { readonly commit: StoredCommit } | { readonly file: StoredFile }

function* rowsOf({ commits, files }: FlushBatch): IterableIterator<Row> {
  for (const commit of commits) yield { commit }
  for (const file of files) yield { file }
}

function ofRows(rows: readonly Row[]): Pick<FlushPart, 'commits' | 'files'> {
  return {
    commits: rows.flatMap((row) => ('commit' in row ? [row.commit] : [])),
    files: rows.flatMap((row) => ('file' in row ? [row.file] : [])),
  }
}

function unitsOfRow(row: Row): number {
  return 'commit' in row ? unitsOfCommit(row.commit) : unitsOfFile(row.file)
}

/** The text of a commit in UTF-16 units: its body and what it keeps beside it. */
export function unitsOfCommit(commit: StoredCommit): number {
  return Object.values(commit.blobs ?? {}).reduce((units, blob) => units + blob.length, commit.body.length)
}

/** The text of a file in UTF-16 units; none where it does not come along. */
export function unitsOfFile(file: StoredFile): number {
  return file.text?.length ?? 0
}

/** The rows in order, cut where a chunk would grow beyond a limit. A single row is never cut, so it may be beyond. */
export function chunks<Row>(
  rows: readonly Row[],
  unitsOf: (row: Row) => number,
  { maxUnits, maxRows = Number.POSITIVE_INFINITY }: { maxUnits: number; maxRows?: number },
): Row[][] {
  const all: Row[][] = []
  let current: Row[] = []
  let units = 0
  for (const row of rows) {
    const more = unitsOf(row)
    if (current.length > 0 && (current.length >= maxRows || units + more > maxUnits)) {
      all.push(current)
      current = []
      units = 0
    }
    current.push(row)
    units += more
  }
  if (current.length > 0) all.push(current)
  return all
}
