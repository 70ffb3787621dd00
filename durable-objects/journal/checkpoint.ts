/**
 * The checkpoint behind the log: the list of files with their texts, the clients and the policy as of one
 * commit. It is moved up from time to time, writing only what changed since the last one; what the later
 * commits did is remembered until then.
 *
 * Texts of a restored room may be missing here until they are read. It knows rows and the log, and no rules.
 */
import type { ClientRecord } from '../../core/authority/authority.ts'
import { policyOf } from '../../core/model/policy.ts'
import { emptyRoom, type RoomState } from '../../core/model/state.ts'
import { applyUnloaded } from '../../core/model/unloaded-state.ts'
import { fileOf } from '../../core/protocol/changes.ts'
import type { Commit, Policy } from '../../core/protocol/messages.ts'
import { Text } from '../../core/text/text.ts'
import type { StoredRoom, StoredText } from '../../schema/store.ts'
import type { BlobRows } from './blobs.ts'
import type { Log } from './log.ts'
import type { MetaRows } from './meta.ts'
import type { Sql, SqlRow, SqlValue } from './sql.ts'
import type { TextRows } from './texts.ts'
import { clientOf, noteRemovals } from './unflushed-rows.ts'

/** The checkpoint moves up after this many commits, or this many UTF-16 units of them. */
const CHECKPOINT_COMMITS = 512
const CHECKPOINT_UNITS = 2 * 1024 * 1024

export class Checkpoint {
  readonly #sql: Sql
  readonly #meta: MetaRows
  readonly #texts: TextRows
  readonly #blobs: BlobRows
  readonly #log: Log
  #seq = 0
  /** What the commits after the checkpoint did, besides changing files that still exist. */
  readonly #removed = new Set<string>()
  readonly #created = new Set<string>()
  readonly #clients = new Map<string, ClientRecord>()
  /** UTF-16 units of the commits after the checkpoint, without their blobs. */
  #units = 0

  constructor(sql: Sql, meta: MetaRows, texts: TextRows, blobs: BlobRows, log: Log) {
    this.#sql = sql
    this.#meta = meta
    this.#texts = texts
    this.#blobs = blobs
    this.#log = log
  }

  /** Where an earlier instance of the object left the checkpoint. @param stored values of `meta` */
  open(stored: ReadonlyMap<string, SqlValue>): void {
    this.#seq = Number(stored.get('checkpoint') ?? 0)
  }

  /** The commit that the checkpoint is as of. */
  get seq(): number {
    return this.#seq
  }

  /** Whether it is so far behind that reading a text, or waking up, becomes slow. */
  get isBehind(): boolean {
    return this.#log.seq - this.#seq >= CHECKPOINT_COMMITS || this.#units >= CHECKPOINT_UNITS
  }

  /** A new room. */
  create(policy: Policy): void {
    this.#setPolicy(policy)
  }

  /** A room as Postgres has it, without texts. */
  restore(stored: StoredRoom): void {
    // When files were created is not stored: where it matters, the authority looks it up in the log.
    for (const { file, path, revision, bytes = 0 } of stored.files)
      this.#putFile(file, path, revision, 0, bytes, revision, null)
    for (const client of stored.clients) this.putClient(client)
    this.#meta.set('checkpoint', stored.seq)
    this.#seq = stored.seq
  }

  /** A commit was appended to the log. @param units of its JSON, UTF-16 */
  committed(commit: Commit, units: number): void {
    this.#units += units
    noteRemovals(commit, this.#removed)
    for (const { client, user, n, changes } of commit.entries) {
      for (const change of changes) if (change.type === 'create') this.#created.add(change.file)
      if (n > 0) this.#clients.set(client, { client, user, n, seq: commit.seq })
    }
  }

  /**
   * The room as of the last commit: the files of the checkpoint with the later commits applied. Texts are
   * not loaded.
   */
  load(): RoomState {
    const state = emptyRoom()
    for (const row of this.#sql.exec('SELECT file, path, revision, created, bytes FROM files').toArray()) {
      const { file, path, revision, created, bytes } = row
      state.files.set({
        file: String(file),
        path: String(path),
        revision: Number(revision),
        created: Number(created),
        text: null,
      })
      state.files.assume(String(file), Number(bytes))
    }
    state.seq = this.#seq
    state.policy = this.#policy()
    this.#units = 0
    for (const body of this.#log.after(this.#seq)) {
      const commit: Commit = JSON.parse(body)
      this.committed(commit, body.length)
      applyUnloaded(state, commit, (blob) => this.#blobs.bytes(blob))
    }
    return state
  }

  /** The text of a file as of the last commit. @throws Error if `hasText` is false */
  text(file: string): Text {
    let text = this.#texts.load(file)
    for (const body of this.#log.naming(file, this.#seq)) {
      const commit: Commit = JSON.parse(body)
      const entries = commit.entries.map((entry) => {
        return { ...entry, changes: entry.changes.filter((change) => fileOf(change) === file) }
      })
      for (const { changes } of this.#log.whole({ ...commit, entries }).entries) {
        for (const change of changes) {
          if (change.type === 'create') text = Text.from(change.text)
          else if (change.type === 'edit') text = text?.apply(change.op) ?? null
        }
      }
    }
    if (text === null) throw new Error(`the journal has no text of file ${file}`)
    return text
  }

  /** Whether the text of a file is here. After a restore it is not, until it is fetched. */
  hasText(file: string): boolean {
    return this.#created.has(file) || this.#texts.has(file)
  }

  /** See `Journal.fetched`. */
  fetched(file: string, { text, revision }: StoredText): boolean {
    const row = this.#one('SELECT stored FROM files WHERE file = ?', file)
    if (revision < Number(row?.stored ?? 0)) return false
    this.#texts.put(file, text)
    return true
  }

  client(client: string): ClientRecord | null {
    const recent = this.#clients.get(client)
    if (recent !== undefined) return recent
    const row = this.#one('SELECT client, user, n, seq FROM clients WHERE client = ?', client)
    return row === undefined ? null : clientOf(row)
  }

  putClient({ client, user, n, seq }: ClientRecord): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO clients (client, user, n, seq) VALUES (?, ?, ?, ?)',
      client,
      user,
      n,
      seq,
    )
  }

  /**
   * Moves the checkpoint up to the last commit, whose state is passed in. Texts that are not here stay
   * absent.
   * @param gone called for each removed file, within the transaction
   * @param atomically runs writes in a transaction; what is remembered of the commits is dropped only after
   * it
   */
  moveUp(state: RoomState, gone: (file: string) => void, atomically: (work: () => void) => void): void {
    const { seq } = this.#log
    if (this.#seq === seq) return
    let texts: ReadonlyMap<string, Text> = new Map()
    atomically(() => {
      for (const file of this.#removed) {
        this.#sql.exec('DELETE FROM files WHERE file = ?', file)
        this.#texts.delete(file)
        gone(file)
      }
      texts = this.#write(state)
      this.#meta.set('checkpoint', seq)
    })
    for (const [file, text] of texts) this.#texts.written(file, text)
    this.#seq = seq
    this.#removed.clear()
    this.#created.clear()
    this.#clients.clear()
    this.#units = 0
  }

  /** Returns the texts that it wrote. */
  #write(state: RoomState): ReadonlyMap<string, Text> {
    const texts = new Map<string, Text>()
    for (const { file, path, revision, created, text } of state.files.values()) {
      if (revision <= this.#seq) continue
      const content = text ?? (this.hasText(file) ? this.text(file) : null)
      const outline = content === null ? null : this.#texts.update(file, content)
      const bytes = content?.bytes ?? state.files.bytesOf(file)
      this.#putFile(file, path, revision, created, bytes, 0, outline)
      if (content !== null) texts.set(file, content)
    }
    for (const client of this.#clients.values()) this.putClient(client)
    if (JSON.stringify(state.policy) !== this.#meta.get('policy')) this.#setPolicy(state.policy)
    return texts
  }

  /** @param stored revision of the text in Postgres; kept as it is if the file is here already */
  #putFile(
    file: string,
    path: string,
    revision: number,
    created: number,
    bytes: number,
    stored: number,
    outline: string | null,
  ): void {
    this.#sql.exec(
      `INSERT INTO files (file, path, revision, created, bytes, stored, outline) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (file) DO UPDATE SET path = excluded.path, revision = excluded.revision, created = excluded.created,
           bytes = excluded.bytes, outline = excluded.outline`,
      file,
      path,
      revision,
      created,
      bytes,
      stored,
      outline,
    )
  }

  #policy(): Policy {
    const policy = this.#meta.get('policy')
    return policyOf(policy === null ? null : JSON.parse(String(policy)))
  }

  #setPolicy(policy: Policy): void {
    this.#meta.set('policy', JSON.stringify(policy))
  }

  #one(statement: string, ...bindings: SqlValue[]): SqlRow | undefined {
    return this.#sql.exec(statement, ...bindings).toArray()[0]
  }
}
