/**
 * Splits a flush that is too large for one transaction into parts, written one after the other and each read
 * only when it is written: at most one is in memory. Invariant: only the last part marks the batch as
 * stored, and it comes after everything else; an interrupted flush has therefore only written commits and
 * newer files early, and can be repeated. Pure; knows no SQL.
 */

import type { FlushBatch, StoredCommit, StoredFile } from '../store.ts'

/**
 * Approximate size of a part, in UTF-16 units: small enough that an object with 128 MB can hold it several
 * times over, as rows, as JSON and as bytes.
 */
export const MAX_PART_UNITS = 4 * 1024 * 1024

/**
 * One transaction of a flush. Only the last one writes the seq, clients, removals and new paths, and none
 * does if the batch is not whole.
 */
export interface FlushPart extends FlushBatch {
  readonly files: readonly StoredFile[]
  readonly commits: readonly StoredCommit[]
  /** How many parts precede it. */
  readonly number: number
  readonly last: boolean
}

/** The parts of a batch in the order to write them: commits first, then files. A small batch is one part. */
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

/** UTF-16 units of a commit: its body and its blobs. */
export function unitsOfCommit(commit: StoredCommit): number {
  return Object.values(commit.blobs ?? {}).reduce((units, blob) => units + blob.length, commit.body.length)
}

/** UTF-16 units of a file; 0 if its text is not written. */
export function unitsOfFile(file: StoredFile): number {
  return file.text?.length ?? 0
}

/**
 * The rows in order, split where a chunk would exceed a limit. A single row is never split, so it may exceed
 * the limit.
 */
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
