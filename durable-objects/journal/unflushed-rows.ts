/**
 * The rows of the journal that a flush has to write to Postgres. Dirty is a comparison, `flushed < seq`,
 * never a flag: an edit made during a flush stays dirty. Files that Postgres refuses are set aside until
 * they change or a flush is requested with `again`.
 */
import type { Commit, Policy } from '../../core/protocol/messages.ts'
import type { FlushBatch, StoredClient, StoredCommit, StoredFile, StoredRoom } from '../../schema/store.ts'
import type { BlobRows } from './blobs.ts'
import type { FlushMarks } from './flush-marks.ts'
import type { MetaRows } from './meta.ts'
import type { Sql, SqlRow, SqlValue } from './sql.ts'
import type { TextRows } from './texts.ts'

/** Commits in memory at once while a flush is read. */
const COMMITS_AT_ONCE = 8
/** In place of the revision of a stored text: the text is lost. */
const NOWHERE = Number.MAX_SAFE_INTEGER

/** A batch, with access to its files by id. */
export interface DirtyBatch extends FlushBatch {
  readonly ids: readonly string[]
  /** Some of its files, read lazily. */
  filesOf(ids: readonly string[]): Iterable<StoredFile>
  /** Files whose text is neither here nor in Postgres; they are left out. */
  readonly lost: readonly string[]
}

export class UnflushedRows {
  readonly #sql: Sql
  readonly #meta: MetaRows
  readonly #texts: TextRows
  readonly #blobs: BlobRows
  readonly #stored: FlushMarks

  constructor(sql: Sql, meta: MetaRows, texts: TextRows, blobs: BlobRows, stored: FlushMarks) {
    this.#sql = sql
    this.#meta = meta
    this.#texts = texts
    this.#blobs = blobs
    this.#stored = stored
  }

  isDirty(again: boolean): boolean {
    const { flushed, rewrites } = this.#stored
    return flushed < this.#meta.number('checkpoint') || rewrites || (again && this.setAside.length > 0)
  }

  /** See `Journal.dirty`. */
  batch(again: boolean, found: StoredRoom | null, forgetsBefore: number | null): DirtyBatch {
    const seq = this.#meta.number('checkpoint')
    const { flushed: since, rewrites, belief, gaps } = this.#stored
    const { ids, lost } = this.#files(again, found)
    const filesOf = (wanted: readonly string[]) => rereadable(() => this.#read(wanted))
    return {
      ...belief,
      room: String(this.#meta.get('room')),
      epoch: String(this.#meta.get('epoch')),
      seq,
      createdAt: this.#meta.number('created_at'),
      policy: policyOf(this.#meta.get('policy')),
      gaps,
      setAside: this.#leftOut(ids, lost),
      cleans: rewrites,
      isWhole: true,
      ids,
      lost,
      files: filesOf(ids),
      filesOf,
      removed: rewrites ? this.#goneFrom(found) : this.#removedSince(since, seq),
      moved: [],
      commits: rereadable(() => this.#commits(since, seq)),
      clients: this.#clients(rewrites ? 0 : since),
      forgetsBefore,
    }
  }

  /**
   * Which files have to be written. A text that only Postgres has stays there, if it is still the expected
   * one.
   */
  #files(again: boolean, found: StoredRoom | null): { readonly ids: string[]; readonly lost: string[] } {
    const { flushed, rewrites } = this.#stored
    const since = rewrites ? -1 : flushed
    const refused = again ? 'OR file IN (SELECT file FROM refused)' : ''
    const rows = this.#sql
      .exec(`SELECT file, revision, stored FROM files WHERE revision > ? ${refused}`, since)
      .toArray()
    const there = new Map(found?.files.map(({ file, revision }) => [file, revision]))
    const ids: string[] = []
    const lost: string[] = []
    for (const row of rows) {
      const [file, revision, stored] = [String(row.file), Number(row.revision), Number(row.stored)]
      if (this.#texts.has(file)) ids.push(file)
      else if (stored === NOWHERE || (rewrites && (there.get(file) ?? -1) < stored)) lost.push(file)
      else if (!rewrites || there.get(file) !== revision) ids.push(file)
    }
    return { ids, lost }
  }

  /** How many files Postgres still lacks after it has accepted these. */
  #leftOut(ids: readonly string[], lost: readonly string[]): number {
    const leftOut = new Set([...this.setAside.map(({ file }) => file), ...lost])
    for (const file of ids) leftOut.delete(file)
    return leftOut.size
  }

  *#read(ids: readonly string[]): IterableIterator<StoredFile> {
    for (const id of ids) {
      const [row] = this.#sql.exec('SELECT file, path, revision FROM files WHERE file = ?', id).toArray()
      // Removed since: the next flush removes it.
      if (row === undefined) continue
      yield { file: id, path: String(row.path), revision: Number(row.revision), text: this.#texts.get(id) }
    }
  }

  *#commits(since: number, upTo: number): IterableIterator<StoredCommit> {
    let after = since
    for (;;) {
      const rows = this.#sql
        .exec(
          'SELECT seq, at, body FROM commits WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?',
          after,
          upTo,
          COMMITS_AT_ONCE,
        )
        .toArray()
      for (const { seq, at, body } of rows) {
        after = Number(seq)
        yield { seq: after, at: Number(at), body: String(body), blobs: this.#blobs.of(after) }
      }
      if (rows.length < COMMITS_AT_ONCE) return
    }
  }

  #clients(since: number): StoredClient[] {
    const rows = this.#sql.exec('SELECT client, user, n, seq FROM clients WHERE seq > ?', since).toArray()
    return rows.map(clientOf)
  }

  /** Files that a run of commits removed and did not create again. */
  #removedSince(since: number, upTo: number): string[] {
    const removed = new Set<string>()
    for (let after = since; after < upTo; ) {
      const [row] = this.#sql
        .exec(
          `SELECT seq, body FROM commits WHERE seq > ? AND seq <= ? AND (instr(body, '"type":"remove"') OR instr(body, '"type":"create"'))
             ORDER BY seq LIMIT 1`,
          after,
          upTo,
        )
        .toArray()
      if (row === undefined) break
      after = Number(row.seq)
      noteRemovals(JSON.parse(String(row.body)), removed)
    }
    return [...removed]
  }

  /** Files that Postgres has and the room does not. */
  #goneFrom(found: StoredRoom | null): string[] {
    if (found === null) return []
    const here = new Set(
      this.#sql
        .exec('SELECT file FROM files')
        .toArray()
        .map(({ file }) => String(file)),
    )
    return found.files.map(({ file }) => file).filter((file) => !here.has(file))
  }

  /** The text of this file is lost: an older text in the database is not a substitute. */
  lost(file: string): void {
    this.#sql.exec('UPDATE files SET stored = ? WHERE file = ?', NOWHERE, file)
  }

  /**
   * Postgres refuses this file as it is. It is not written again until it changes or a flush is requested
   * with `again`.
   */
  refused(file: string, message: string): void {
    this.#sql.exec('INSERT OR REPLACE INTO refused (file, message) VALUES (?, ?)', file, message)
  }

  /** Postgres accepted the file. */
  accepted(file: string): void {
    this.#sql.exec('DELETE FROM refused WHERE file = ?', file)
  }

  get setAside(): { readonly file: string; readonly message: string }[] {
    const rows = this.#sql.exec('SELECT file, message FROM refused').toArray()
    return rows.map(({ file, message }) => ({ file: String(file), message: String(message) }))
  }
}

/** A row of the clients table. */
export function clientOf(row: SqlRow): StoredClient {
  return { client: String(row.client), user: String(row.user), n: Number(row.n), seq: Number(row.seq) }
}

function policyOf(stored: SqlValue): Policy | null {
  return stored === null ? null : JSON.parse(String(stored))
}

/** An iterable that reads its rows again on each iteration. */
function rereadable<Row>(read: () => IterableIterator<Row>): Iterable<Row> {
  return { [Symbol.iterator]: read }
}

/** Updates `removed` with the files that a commit removed and created. */
export function noteRemovals(commit: Commit, removed: Set<string>): void {
  for (const { changes } of commit.entries) {
    for (const change of changes) {
      if (change.type === 'remove') removed.add(change.file)
      else if (change.type === 'create') removed.delete(change.file)
    }
  }
}
