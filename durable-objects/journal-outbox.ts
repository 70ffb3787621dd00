/**
 * What of the journal has to go to the lasting copy. Dirty is a comparison, `flushed < seq`, never a flag: an edit made
 * during a flush stays dirty. Files that the lasting copy refuses are set aside until they change, or somebody asks.
 */
import type { Commit, Policy } from '../core/protocol/messages.ts'
import type { FlushBatch, StoredClient } from '../schema/store.ts'
import type { JournalBlobs } from './journal-blobs.ts'
import type { JournalMeta } from './journal-meta.ts'
import type { JournalTexts } from './journal-texts.ts'
import type { Sql, SqlRow, SqlValue } from './sql.ts'

export class JournalOutbox {
  readonly #sql: Sql
  readonly #meta: JournalMeta
  readonly #texts: JournalTexts
  readonly #blobs: JournalBlobs

  constructor(sql: Sql, meta: JournalMeta, texts: JournalTexts, blobs: JournalBlobs) {
    this.#sql = sql
    this.#meta = meta
    this.#texts = texts
    this.#blobs = blobs
  }

  /**
   * What changed after commit `since`, up to the checkpoint; null when nothing did.
   * @param again whether files that were refused are to be offered again
   */
  batch(since: number, again: boolean): FlushBatch | null {
    const seq = this.#meta.number('checkpoint')
    const offered = again ? this.setAside.length : 0
    if (since >= seq && offered === 0) return null
    const refused = offered > 0 ? 'OR file IN (SELECT file FROM refused)' : ''
    const files = this.#sql
      .exec(`SELECT file, path, revision FROM files WHERE revision > ? ${refused}`, since)
      .toArray()
    const commits = this.#sql
      .exec('SELECT seq, at, body FROM commits WHERE seq > ? AND seq <= ? ORDER BY seq', since, seq)
      .toArray()
    const clients = this.#sql.exec('SELECT client, user, n, seq FROM clients WHERE seq > ?', since).toArray()
    return {
      room: String(this.#meta.get('room')),
      epoch: String(this.#meta.get('epoch')),
      seq,
      createdAt: this.#meta.number('created_at'),
      policy: policyOf(this.#meta.get('policy')),
      files: files.map(({ file, path, revision }) => {
        const text = this.#texts.get(String(file))
        return { file: String(file), path: String(path), revision: Number(revision), text }
      }),
      removed: removedIn(commits),
      commits: commits.map(({ seq, at, body }) => {
        return { seq: Number(seq), at: Number(at), body: String(body), blobs: this.#blobs.of(Number(seq)) }
      }),
      clients: clients.map(clientOf),
    }
  }

  refused(file: string, message: string): void {
    this.#sql.exec('INSERT OR REPLACE INTO refused (file, message) VALUES (?, ?)', file, message)
  }

  accepted(file: string): void {
    this.#sql.exec('DELETE FROM refused WHERE file = ?', file)
  }

  get setAside(): { readonly file: string; readonly message: string }[] {
    const rows = this.#sql.exec('SELECT file, message FROM refused').toArray()
    return rows.map(({ file, message }) => ({ file: String(file), message: String(message) }))
  }
}

/** A row of the table of clients. */
export function clientOf(row: SqlRow): StoredClient {
  return { client: String(row.client), user: String(row.user), n: Number(row.n), seq: Number(row.seq) }
}

function policyOf(stored: SqlValue): Policy | null {
  return stored === null ? null : JSON.parse(String(stored))
}

/** Files that a run of commits removed and did not make again. */
function removedIn(rows: readonly SqlRow[]): string[] {
  const removed = new Set<string>()
  for (const { body } of rows) noteRemovals(JSON.parse(String(body)), removed)
  return [...removed]
}

/** Notes in `removed` which files a commit removed, and which it made. */
export function noteRemovals(commit: Commit, removed: Set<string>): void {
  for (const { changes } of commit.entries) {
    for (const change of changes) {
      if (change.type === 'remove') removed.add(change.file)
      else if (change.type === 'create') removed.delete(change.file)
    }
  }
}
