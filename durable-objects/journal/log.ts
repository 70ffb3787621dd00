/**
 * The log of a room in the object's SQLite: one row per commit, with its blobs beside it. Commits before the
 * tail are only in the archive; a reader that was given some of those reads them as if they were here.
 *
 * Invariant: the rows are the commits after the tail, without a hole, and each is complete. It knows rows
 * and commits, no state.
 */
import { type Removals, removalsIn } from '../../core/authority/revival.ts'
import { type ExtractedCommit, fill, inlineBlobs, isWhole } from '../../core/model/blobs.ts'
import type { Change, Commit } from '../../core/protocol/messages.ts'
import type { PagedChange, StoredCommit } from '../../schema/store.ts'
import type { BlobRows } from './blobs.ts'
import { fitsRow } from './chunks.ts'
import type { MetaRows } from './meta.ts'
import { HAS_CHANGE } from './migrations.ts'
import type { Sql, SqlValue } from './sql.ts'

/** Most bytes of commits read at once. */
const READ_BYTES = 4 * 1024 * 1024

/** The ends of the log, shared by all readers of it. */
interface Ends {
  /** The last commit. */
  seq: number
  /** The commits after this one are here. */
  tail: number
  /** `at` of the last commit, Unix ms; null if it was not appended by this instance of the object. */
  at: number | null
}

export class LogReader {
  protected readonly sql: Sql
  protected readonly meta: MetaRows
  protected readonly blobs: BlobRows
  protected readonly ends: Ends
  readonly #archived: readonly StoredCommit[]

  /** @param archived commits before the tail, ascending, as the archive has them */
  constructor(sql: Sql, meta: MetaRows, blobs: BlobRows, ends: Ends, archived: readonly StoredCommit[] = []) {
    this.sql = sql
    this.meta = meta
    this.blobs = blobs
    this.ends = ends
    this.#archived = archived
  }

  /** The last commit. */
  get seq(): number {
    return this.ends.seq
  }

  /** The commits after this seq are here; earlier ones are only in the archive. */
  get tail(): number {
    return this.ends.tail
  }

  /** The JSON of the commits `after < seq <= upTo`, or null if some are missing. */
  bodies(after: number, upTo: number): string[] | null {
    const rows = this.sql
      .exec('SELECT body FROM commits WHERE seq > ? AND seq <= ? ORDER BY seq', after, upTo)
      .toArray()
    const local = rows.map((row) => String(row.body))
    const from = upTo - local.length
    const archived = this.#archived.filter(({ seq }) => seq > after && seq <= from)
    const bodies = [...archived.map(({ body }) => body), ...local]
    return bodies.length === upTo - after ? bodies : null
  }

  /** Bytes of the available commits `after < seq <= upTo` with their blobs, without reading them. */
  bytes(after: number, upTo: number): number {
    const beside = this.#archivedIn(after, upTo).flatMap(({ blobs }) => Object.values(blobs ?? {}))
    return this.bodyBytes(after, upTo) + this.#sum('blobs', after, upTo) + lengthOf(beside)
  }

  /** As `bytes`, without blobs. */
  bodyBytes(after: number, upTo: number): number {
    const archived = this.#archivedIn(after, upTo).map(({ body }) => body)
    return this.#sum('commits', after, upTo) + lengthOf(archived)
  }

  /** As `bodies`, parsed and with blobs inlined. Also null if they are too large to be read at once. */
  commits(after: number, upTo: number): readonly Commit<Change>[] | null {
    if (this.bytes(after, upTo) > READ_BYTES) return null
    const bodies = this.bodies(after, upTo)
    if (bodies === null) return null
    // Archived commits come with their blobs only for a reader that transforms over them.
    const archived = bodies.length - (upTo - Math.max(after, this.tail))
    const commits = bodies.map((body, at) =>
      at < archived ? this.#fill(body) : this.whole(JSON.parse(body)),
    )
    return commits.every((commit) => isWhole(commit)) ? commits : null
  }

  /** A commit with its blobs inlined. */
  whole(commit: Commit): Commit<Change> {
    return inlineBlobs(commit, (blob) => this.blob(blob) ?? undefined)
  }

  /** What commit `seq` removed; null if that is not available. */
  removals(seq: number): Removals | null {
    if (seq < 1 || seq > this.seq) return new Map()
    const [body] = this.bodies(seq - 1, seq) ?? []
    return body === undefined ? null : removalsIn(JSON.parse(body))
  }

  /**
   * `at` of a commit, Unix ms. Known for the commits here, for the one before the tail, and for 0, which is
   * the room's creation; otherwise null.
   */
  committedAt(seq: number): number | null {
    if (seq === 0) return this.meta.number('created_at')
    if (seq === this.ends.seq && this.ends.at !== null) return this.ends.at
    const row = this.sql.exec('SELECT at FROM commits WHERE seq = ?', seq).toArray()[0]
    if (row !== undefined) return Number(row.at)
    const archived = this.#archived.find((commit) => commit.seq === seq)
    return archived?.at ?? (seq === this.tail ? this.#tailAt() : null)
  }

  /** A blob of a commit; null if it is not available. */
  blob(blob: string): string | null {
    const here = this.blobs.get(blob)
    return here ?? this.#archived.find(({ blobs }) => blobs?.[blob] !== undefined)?.blobs?.[blob] ?? null
  }

  #archivedIn(after: number, upTo: number): StoredCommit[] {
    return this.#archived.filter(({ seq }) => seq > after && seq <= Math.min(upTo, this.tail))
  }

  #fill(body: string): Commit {
    return fill(JSON.parse(body), (blob) => this.blob(blob) ?? undefined)
  }

  #sum(table: 'commits' | 'blobs', after: number, upTo: number): number {
    const statement = `SELECT sum(octet_length(body)) AS bytes FROM ${table} WHERE seq > ? AND seq <= ?`
    return Number(this.sql.exec(statement, after, upTo).toArray()[0]?.bytes ?? 0)
  }

  #tailAt(): number | null {
    const stored = this.meta.get('tail_at')
    const { seq, at } = stored === null ? { seq: null, at: null } : JSON.parse(String(stored))
    return seq === this.tail ? at : null
  }
}

export class Log extends LogReader {
  constructor(sql: Sql, meta: MetaRows, blobs: BlobRows) {
    super(sql, meta, blobs, { seq: 0, tail: 0, at: null })
  }

  /**
   * Finds the ends of the log of an earlier instance of the object.
   * @param checkpoint the last commit, if no rows are left
   */
  open(checkpoint: number): void {
    const ends = this.sql.exec('SELECT min(seq) AS first, max(seq) AS last FROM commits').toArray()[0]
    this.ends.seq = Number(ends?.last ?? checkpoint)
    this.ends.tail = ends?.first == null ? this.seq : Number(ends.first) - 1
  }

  /**
   * Starts the log after commit `seq`, which is only in the archive.
   * @param at of that commit, Unix ms; null if unknown
   */
  startAfter(seq: number, at: number | null): void {
    this.ends.seq = seq
    this.#setTail(seq, at)
  }

  /** A reader of the same log together with these archived commits. */
  with(archived: readonly StoredCommit[]): LogReader {
    return archived.length === 0 ? this : new LogReader(this.sql, this.meta, this.blobs, this.ends, archived)
  }

  /**
   * Writes the commit after `seq`.
   * @param body its JSON, byte for byte what is broadcast
   * @throws Error if it is not the next one, which would leave a hole in the log, or if its row cannot be
   * written
   */
  append({ commit, blobs }: ExtractedCommit, body: string): void {
    if (commit.seq !== this.seq + 1) throw new Error(`commit ${commit.seq} cannot follow ${this.seq}`)
    if (!fitsRow(body)) throw new Error(`commit ${commit.seq} is too large for a row`)
    // The row is written last, so that a commit that is here is complete.
    for (const [blob, content] of blobs) this.blobs.put(blob, content)
    this.sql.exec('INSERT INTO commits (seq, at, body) VALUES (?, ?, ?)', commit.seq, commit.at, body)
    this.ends.seq = commit.seq
    this.ends.at = commit.at
  }

  /** The JSON of all commits after `seq`. */
  after(seq: number): string[] {
    if (seq >= this.seq) return []
    return this.#bodiesOf(this.sql.exec('SELECT body FROM commits WHERE seq > ? ORDER BY seq', seq).toArray())
  }

  /** The JSON of the commits after `seq` that name a file. */
  naming(file: string, seq: number): string[] {
    if (seq >= this.seq) return []
    const statement = 'SELECT body FROM commits WHERE seq > ? AND instr(body, ?) ORDER BY seq'
    return this.#bodiesOf(this.sql.exec(statement, seq, file).toArray())
  }

  /**
   * The JSON of the last `most` commits before `before` that are here and have a change of this type,
   * ascending.
   */
  bodiesWith(type: PagedChange, before: number, most: number): string[] {
    const statement = `SELECT body FROM commits WHERE seq < ? AND ${HAS_CHANGE[type]} ORDER BY seq DESC LIMIT ?`
    return this.#bodiesOf(this.sql.exec(statement, before, most).toArray()).reverse()
  }

  /** Deletes the commits up to `upTo`. */
  prune(upTo: number): void {
    const at = this.committedAt(upTo)
    this.sql.exec('DELETE FROM commits WHERE seq <= ?', upTo)
    this.#setTail(upTo, at)
    this.blobs.prune(upTo)
  }

  /** @param at of commit `seq`, Unix ms; null if unknown */
  #setTail(seq: number, at: number | null): void {
    this.ends.tail = seq
    this.meta.set('tail_at', at === null ? null : JSON.stringify({ seq, at }))
  }

  #bodiesOf(rows: readonly Readonly<Record<string, SqlValue>>[]): string[] {
    return rows.map(({ body }) => String(body))
  }
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((total, { length }) => total + length, 0)
}
