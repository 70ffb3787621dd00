/**
 * What Postgres could never store, refused before anything is sent, so that every store gives the same answer and
 * says which row is at fault. A NUL fails in the database, a lone surrogate would silently become U+FFFD there, and a row
 * named twice makes an upsert fail. Knows rows, not what they mean.
 */

import { type FlushBatch, StoreError } from './store.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what is looked for
const UNSTORABLE = /\u0000|\p{Surrogate}/u

/** Throws StoreError('refused') when the batch holds text or numbers that no store can take, or names a row twice. */
export function checkBatch(batch: FlushBatch): void {
  checkText(batch.room, 'the name of the room')
  checkText(batch.epoch, 'the epoch')
  for (const text of textsIn(batch.policy)) checkText(text, 'the policy')
  checkNumber(batch.seq, 'seq')
  checkNumber(batch.createdAt, 'createdAt')
  for (const row of batch.files) {
    checkText(row.file, 'the id of a file')
    checkText(row.path, `the path of file ${row.file}`)
    checkText(row.text ?? '', `the text of file ${row.file}`)
    checkNumber(row.revision, `the revision of file ${row.file}`)
  }
  for (const file of batch.removed) checkText(file, 'the id of a removed file')
  for (const row of batch.commits) {
    checkNumber(row.seq, 'the seq of a commit')
    checkNumber(row.at, `the time of commit ${row.seq}`)
    checkText(row.body, `the body of commit ${row.seq}`)
    for (const [name, text] of Object.entries(row.blobs ?? {})) {
      checkText(name, `the name of a blob of commit ${row.seq}`)
      checkText(text, `blob ${name} of commit ${row.seq}`)
    }
  }
  for (const row of batch.clients) {
    checkText(row.client, 'the id of a client')
    checkText(row.user, `the user of client ${row.client}`)
    checkNumber(row.n, `n of client ${row.client}`)
    checkNumber(row.seq, `seq of client ${row.client}`)
  }
  checkDistinct('file', [...batch.files.map((row) => row.file), ...new Set(batch.removed)])
  checkDistinct(
    'commit',
    batch.commits.map((row) => row.seq),
  )
  checkDistinct(
    'client',
    batch.clients.map((row) => row.client),
  )
}

/** Every string in a JSON value, keys included. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)])
}

function checkText(text: string, what: string): void {
  if (UNSTORABLE.test(text)) {
    throw new StoreError('refused', `${what} holds a NUL or a lone surrogate, which no store can keep`)
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
    if (seen.has(id)) throw new StoreError('refused', `${what} ${id} is in the batch twice`)
    seen.add(id)
  }
}
