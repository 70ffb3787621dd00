/**
 * Rejects what Postgres cannot store before anything is sent, so that every store gives the same answer and
 * names the offending row. A NUL fails in the database, a lone surrogate would silently become U+FFFD, and a
 * duplicate row makes an upsert fail. Knows rows, not what they mean.
 */

import { type FlushBatch, type StoredCommit, type StoredFile, StoreError } from '../store.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for
const UNSTORABLE = /\u0000|\p{Surrogate}/u

/**
 * The batch, with its rows checked during iteration, also when that is repeated. Iterating throws
 * StoreError('refused') at a row that no store can accept or that is a duplicate; this call does so for the
 * rest of the batch.
 */
export function checkedBatch(batch: FlushBatch): FlushBatch {
  checkText(batch.room, 'the name of the room')
  checkText(batch.epoch, 'the epoch')
  checkText(batch.writer, 'the writer')
  for (const text of textsIn(batch.policy)) checkText(text, 'the policy')
  checkNumber(batch.seq, 'seq')
  checkNumber(batch.base, 'base')
  checkNumber(batch.createdAt, 'createdAt')
  checkNumber(batch.setAside, 'setAside')
  checkNumber(batch.forgetsBefore ?? 0, 'forgetsBefore')
  for (const file of batch.removed) checkText(file, 'the id of a removed file')
  for (const row of batch.moved) {
    checkText(row.file, 'the id of a file')
    checkText(row.path, `the path of file ${row.file}`)
    checkNumber(row.revision, `the revision of file ${row.file}`)
  }
  for (const row of batch.clients) {
    checkText(row.client, 'the id of a client')
    checkText(row.user, `the user of client ${row.client}`)
    checkNumber(row.n, `n of client ${row.client}`)
    checkNumber(row.seq, `seq of client ${row.client}`)
  }
  const removed = new Set(batch.removed)
  checkDistinct(
    'client',
    batch.clients.map((row) => row.client),
  )
  return {
    ...batch,
    files: distinct(batch.files, 'file', (row) => row.file, checkFile, removed),
    commits: distinct(batch.commits, 'commit', (row) => row.seq, checkCommit),
  }
}

function checkFile(row: StoredFile): void {
  checkText(row.file, 'the id of a file')
  checkText(row.path, `the path of file ${row.file}`)
  checkText(row.text ?? '', `the text of file ${row.file}`)
  checkNumber(row.revision, `the revision of file ${row.file}`)
}

function checkCommit(row: StoredCommit): void {
  checkNumber(row.seq, 'the seq of a commit')
  checkNumber(row.at, `the time of commit ${row.seq}`)
  checkText(row.body, `the body of commit ${row.seq}`)
  for (const [name, text] of Object.entries(row.blobs ?? {})) {
    checkText(name, `the name of a blob of commit ${row.seq}`)
    checkText(text, `blob ${name} of commit ${row.seq}`)
  }
}

function distinct<Row>(
  rows: Iterable<Row>,
  what: string,
  idOf: (row: Row) => string | number,
  check: (row: Row) => void,
  others: ReadonlySet<string | number> = new Set(),
): Iterable<Row> {
  return {
    *[Symbol.iterator]() {
      const seen = new Set(others)
      for (const row of rows) {
        check(row)
        if (seen.has(idOf(row))) throw twice(what, idOf(row))
        seen.add(idOf(row))
        yield row
      }
    },
  }
}

/** Every string in a JSON value, keys included. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)])
}

function checkText(text: string, what: string): void {
  if (UNSTORABLE.test(text)) {
    throw new StoreError('refused', `${what} contains a NUL or a lone surrogate, which no store can hold`)
  }
}

function checkNumber(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new StoreError('refused', `${what} must be a whole number, not ${value}`)
  }
}

function checkDistinct(what: string, ids: readonly (string | number)[]): void {
  const seen = new Set<string | number>()
  for (const id of ids) {
    if (seen.has(id)) throw twice(what, id)
    seen.add(id)
  }
}

function twice(what: string, id: string | number): StoreError {
  return new StoreError('refused', `${what} ${id} is in the batch twice`)
}
