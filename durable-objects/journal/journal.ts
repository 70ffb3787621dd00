/**
 * The journal: the log of a room in the object's SQLite, with a checkpoint behind it. It is the truth; memory is a
 * copy that may be gone. One row a commit; the checkpoint is written now and then and holds what changed since
 * the last. What a flush has to write is a comparison, `flushed < seq`, never a flag. What the lasting copy has may be
 * missing here: texts that nobody asked for since the room came back from it, and commits before the tail.
 *
 * It knows rows and commits, no socket and no rule of who may do what.
 */

import type { ClientRecord, Past } from '../../core/authority/authority.ts'
import { type Removals, removalsIn } from '../../core/authority/revival.ts'
import { type ExtractedCommit, fill, inlineBlobs, isWhole } from '../../core/model/blobs.ts'
import { policyOf } from '../../core/model/policy.ts'
import { emptyRoom, type RoomState } from '../../core/model/state.ts'
import { applyUnloaded } from '../../core/model/unloaded-state.ts'
import { fileOf } from '../../core/protocol/changes.ts'
import type { Change, Commit, Policy } from '../../core/protocol/messages.ts'
import { Text } from '../../core/text/text.ts'
import type {
  FlushHead,
  PagedChange,
  StoredCommit,
  StoredMark,
  StoredRoom,
  StoredText,
} from '../../schema/store.ts'
import { JournalBlobs } from './blobs.ts'
import { fitsRow } from './chunks.ts'
import { JournalStored } from './flush-marks.ts'
import { JournalMeta } from './meta.ts'
import { HAS_CHANGE, hasJournal, migrateJournal } from './migrations.ts'
import { JournalReports } from './reports.ts'
import type { Sql, SqlRow, SqlValue } from './sql.ts'
import { JournalTexts } from './texts.ts'
import { clientOf, type DirtyBatch, JournalOutbox, noteRemovals } from './unflushed-rows.ts'

/** Commits after which the checkpoint moves up, and their units. */
const CHECKPOINT_COMMITS = 512
const CHECKPOINT_UNITS = 2 * 1024 * 1024

/** Bytes of commits that are read at once. */
const READ_BYTES = 4 * 1024 * 1024

export class Journal implements Past {
  readonly reports: JournalReports
  readonly #sql: Sql
  readonly #meta: JournalMeta
  readonly #texts: JournalTexts
  readonly #blobs: JournalBlobs
  readonly #outbox: JournalOutbox
  /** What the lasting copy is believed to have. */
  readonly stored: JournalStored
  #isRoom = false
  #checkpoint = 0
  #seq = 0
  #tail = 0
  /** What the commits after the checkpoint did beside changing files that are still there. */
  readonly #removed = new Set<string>()
  readonly #clients = new Map<string, ClientRecord>()
  /** UTF-16 units of the commits after the checkpoint, without the content beside them. */
  #units = 0
  /** See `unflushedBytes`; null while it has to be looked up. */
  #unflushed: number | null = null
  /** Files that were created after the checkpoint. */
  readonly #created = new Set<string>()
  /** Commits from the archive, lent for as long as one message needs them. */
  #lent: readonly StoredCommit[] = []

  /** Opens the journal. An object that holds no room gets no tables either. @throws Error when its tables are not of this code */
  constructor(sql: Sql) {
    this.#sql = sql
    this.#meta = new JournalMeta(sql)
    this.#texts = new JournalTexts(sql)
    this.#blobs = new JournalBlobs(sql)
    this.reports = new JournalReports(sql)
    this.stored = new JournalStored(this.#meta)
    this.#outbox = new JournalOutbox(sql, this.#meta, this.#texts, this.#blobs, this.stored)
    if (!hasJournal(sql)) return
    migrateJournal(sql)
    this.#isRoom = this.#meta.get('room') !== null
    this.#checkpoint = this.#meta.number('checkpoint')
    this.stored.open()
    const ends = this.#one('SELECT min(seq) AS first, max(seq) AS last FROM commits')
    this.#seq = Number(ends?.last ?? this.#checkpoint)
    this.#tail = ends?.first == null ? this.#seq : Number(ends.first) - 1
  }

  /** Whether a room lives here. */
  get isRoom(): boolean {
    return this.#isRoom
  }

  get room(): string {
    return String(this.#meta.get('room'))
  }

  get epoch(): string {
    return String(this.#meta.get('epoch'))
  }

  /** ms since the epoch of Unix */
  get createdAt(): number {
    return this.#meta.number('created_at')
  }

  /** The last commit. */
  get seq(): number {
    return this.#seq
  }

  /** The commit up to which the lasting copy is believed to be complete. */
  get flushedSeq(): number {
    return this.stored.flushed
  }

  get checkpointSeq(): number {
    return this.#checkpoint
  }

  /** Whether the checkpoint is so far behind that finding a text, or waking, begins to cost. */
  get wantsCheckpoint(): boolean {
    return this.#seq - this.#checkpoint >= CHECKPOINT_COMMITS || this.#units >= CHECKPOINT_UNITS
  }

  /**
   * @param policy who may do what in it, from its first moment
   * @param writer an id for this life of the object, by which the lasting copy tells it from others
   */
  create(room: string, epoch: string, createdAt: number, policy: Policy, writer: string): void {
    migrateJournal(this.#sql)
    this.#isRoom = true
    this.#meta.set('room', room)
    this.#meta.set('epoch', epoch)
    this.#meta.set('created_at', createdAt)
    this.stored.create(writer)
    this.#setPolicy(policy)
  }

  /** Takes over a room from the lasting copy, as a checkpoint without texts. */
  restore(stored: StoredRoom, writer: string): void {
    this.create(stored.room, stored.epoch, stored.createdAt, policyOf(stored.policy), writer)
    // When they were created is not stored: the authority asks the log, where that matters.
    for (const { file, path, revision, bytes = 0 } of stored.files) {
      this.#putFile(file, path, revision, 0, bytes)
      this.#sql.exec('UPDATE files SET stored = ? WHERE file = ?', revision, file)
    }
    for (const client of stored.clients) this.#putClient(client)
    this.#meta.set('checkpoint', stored.seq)
    this.#checkpoint = stored.seq
    this.#seq = stored.seq
    this.#setTail(stored.seq, stored.lastAt)
    this.stored.restore(stored)
  }

  // ── the log ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Writes the commit after `seq`.
   * @param body its JSON, the bytes that are broadcast
   * @throws Error when it is not the next one, which would leave a hole in the log, or when its row cannot be written
   */
  append({ commit, blobs }: ExtractedCommit, body: string): void {
    if (commit.seq !== this.#seq + 1) throw new Error(`commit ${commit.seq} cannot follow ${this.#seq}`)
    if (!fitsRow(body)) throw new Error(`commit ${commit.seq} is too large for a row`)
    // The row comes last: a commit that is here is whole.
    for (const [blob, content] of blobs) this.#blobs.put(blob, content)
    this.#sql.exec('INSERT INTO commits (seq, at, body) VALUES (?, ?, ?)', commit.seq, commit.at, body)
    this.#seq = commit.seq
    this.#units += body.length
    if (this.#unflushed !== null) {
      this.#unflushed += body.length
      for (const content of blobs.values()) this.#unflushed += content.length
    }
    this.#note(commit)
  }

  /** The JSON of the commits `after < seq <= upTo`, or null where some are gone. */
  bodies(after: number, upTo: number): string[] | null {
    const rows = this.#sql
      .exec('SELECT body FROM commits WHERE seq > ? AND seq <= ? ORDER BY seq', after, upTo)
      .toArray()
    const kept = rows.map((row) => String(row.body))
    const from = upTo - kept.length
    const lent = this.#lent.filter(({ seq }) => seq > after && seq <= from).map(({ body }) => body)
    const bodies = [...lent, ...kept]
    return bodies.length === upTo - after ? bodies : null
  }

  /** Bytes of the commits `after < seq <= upTo` that are at hand, with the content beside them. Reads none of them. */
  bytes(after: number, upTo: number): number {
    const beside = this.#lentIn(after, upTo).flatMap(({ blobs }) => Object.values(blobs ?? {}))
    return this.bodyBytes(after, upTo) + this.#sum('blobs', after, upTo) + lengthOf(beside)
  }

  /** As `bytes`, without the content beside them. */
  bodyBytes(after: number, upTo: number): number {
    return this.#sum('commits', after, upTo) + lengthOf(this.#lentIn(after, upTo).map(({ body }) => body))
  }

  /** The commits after this seq are here; those before it in the archive alone. */
  get tail(): number {
    return this.#tail
  }

  /** Lets commits of the archive be read as if they were here, while `work` runs. */
  withArchived<T>(commits: readonly StoredCommit[], work: () => T): T {
    this.#lent = commits
    try {
      return work()
    } finally {
      this.#lent = []
    }
  }

  /** Lets go of commits that the lasting copy has, down to the last `keep`. Waits for twice as many: each is a billed row. */
  prune(keep: number): void {
    if (this.#seq - this.#tail < 2 * keep) return
    const upTo = Math.min(this.flushedSeq, this.#checkpoint, this.#seq - keep)
    if (upTo <= this.#tail) return
    const at = this.committedAt(upTo)
    this.#sql.exec('DELETE FROM commits WHERE seq <= ?', upTo)
    this.#setTail(upTo, at)
    this.#blobs.prune(upTo)
  }

  /** As `bodies`, parsed, with large content in place. Null as well where they are too much to be read at once. */
  commits(after: number, upTo: number): readonly Commit<Change>[] | null {
    if (this.bytes(after, upTo) > READ_BYTES) return null
    const bodies = this.bodies(after, upTo)
    if (bodies === null) return null
    // Of the archive, blobs come along only for those who transform over it.
    const lent = bodies.length - (upTo - Math.max(after, this.#tail))
    const commits = bodies.map((body, at) => (at < lent ? this.#fill(body) : this.#parse(body)))
    return commits.every((commit) => isWhole(commit)) ? commits : null
  }

  removals(seq: number): Removals | null {
    if (seq < 1 || seq > this.#seq) return new Map()
    const [body] = this.bodies(seq - 1, seq) ?? []
    return body === undefined ? null : removalsIn(JSON.parse(body))
  }

  /** Of the commits before `before` that are here and have a change of this type, the last so many, ascending: their JSON. */
  bodiesWith(type: PagedChange, before: number, most: number): string[] {
    const rows = this.#sql
      .exec(
        `SELECT body FROM commits WHERE seq < ? AND ${HAS_CHANGE[type]} ORDER BY seq DESC LIMIT ?`,
        before,
        most,
      )
      .toArray()
    return rows.map((row) => String(row.body)).reverse()
  }

  /** `at` of a commit in Unix ms: of one that is here, the one before them, or, for 0, of the room's creation; else null. */
  committedAt(seq: number): number | null {
    if (seq === 0) return this.createdAt
    const row = this.#one('SELECT at FROM commits WHERE seq = ?', seq)
    if (row !== undefined) return Number(row.at)
    const lent = this.#lent.find((commit) => commit.seq === seq)
    return lent?.at ?? (seq === this.#tail ? this.#tailAt() : null)
  }

  blob(blob: string): string | null {
    const here = this.#blobs.get(blob)
    return here ?? this.#lent.find(({ blobs }) => blobs?.[blob] !== undefined)?.blobs?.[blob] ?? null
  }

  // ── the state ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The room as of the last commit: the checkpoint's list and the commits after it. Texts stay where they are. */
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
    state.seq = this.#checkpoint
    state.policy = this.#policy()
    this.#units = 0
    for (const { body } of this.#since(this.#checkpoint)) {
      const commit: Commit = JSON.parse(String(body))
      this.#units += String(body).length
      this.#note(commit)
      applyUnloaded(state, commit, (blob) => this.#blobs.bytes(blob))
    }
    return state
  }

  /** The text of a file as of the last commit. */
  text(file: string): Text {
    const stored = this.#texts.get(file)
    let text = stored === null ? null : Text.from(stored)
    const rows = this.#sql
      .exec('SELECT body FROM commits WHERE seq > ? AND instr(body, ?) ORDER BY seq', this.#checkpoint, file)
      .toArray()
    for (const row of rows) {
      const commit: Commit = JSON.parse(String(row.body))
      const entries = commit.entries.map((entry) => {
        return { ...entry, changes: entry.changes.filter((change) => fileOf(change) === file) }
      })
      for (const { changes } of this.#whole({ ...commit, entries }).entries) {
        for (const change of changes) {
          if (change.type === 'create') text = Text.from(change.text)
          else if (change.type === 'edit') text = text?.apply(change.op) ?? null
        }
      }
    }
    if (text === null) throw new Error(`the journal has no text of file ${file}`)
    return text
  }

  /** Whether the text of a file can be had from here. It cannot when the room came back and nobody has asked for it since. */
  hasText(file: string): boolean {
    return this.#created.has(file) || this.#texts.has(file)
  }

  /**
   * Takes the text of a file from the lasting copy, unless it is older than the one that was there when the room came back. Only where
   * `hasText` says no: one that is here may be newer. Answers whether it was taken.
   */
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

  /** Whether the lasting copy may know of a client that nobody here knows. */
  lacksClient(client: string): boolean {
    return this.stored.hasMoreClients && this.client(client) === null
  }

  /**
   * Takes what the lasting copy knows of a client, unless it has committed here meanwhile. What this room has not flushed it knows
   * itself: a later commit is another writer's, and not in this log.
   */
  fetchedClient(record: ClientRecord): void {
    if (record.seq <= this.stored.flushed && this.client(record.client) === null) this.#putClient(record)
  }

  /**
   * Moves the checkpoint up to the last commit, whose state is given. Texts that are not here stay away.
   * @param atomically runs what writes, all of it or nothing; what is remembered of the commits is let go only after it
   */
  checkpoint(state: RoomState, atomically: (work: () => void) => void): void {
    if (this.#checkpoint === this.#seq) return
    atomically(() => this.#writeCheckpoint(state))
    this.#checkpoint = this.#seq
    this.#removed.clear()
    this.#created.clear()
    this.#clients.clear()
    this.#units = 0
  }

  #writeCheckpoint(state: RoomState): void {
    for (const file of this.#removed) {
      this.#sql.exec('DELETE FROM files WHERE file = ?', file)
      this.#texts.delete(file)
      this.#outbox.accepted(file)
    }
    for (const { file, path, revision, created, text } of state.files.values()) {
      if (revision <= this.#checkpoint) continue
      const content = text ?? (this.hasText(file) ? this.text(file) : null)
      this.#putFile(file, path, revision, created, content?.bytes ?? state.files.bytesOf(file))
      if (content !== null) this.#texts.put(file, content.toString())
    }
    for (const client of this.#clients.values()) this.#putClient(client)
    if (JSON.stringify(state.policy) !== this.#meta.get('policy')) this.#setPolicy(state.policy)
    this.#meta.set('checkpoint', this.#seq)
  }

  // ── the flush ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** About how many bytes the commits have that are not flushed, with what they name. */
  get unflushedBytes(): number {
    this.#unflushed ??= this.bytes(this.flushedSeq, this.#seq)
    return this.#unflushed
  }

  /** What a flush of all that is here would say of itself. */
  get head(): FlushHead {
    return { room: this.room, epoch: this.epoch, seq: this.#seq, ...this.stored.belief }
  }

  /** Whether there is anything to flush, up to the checkpoint. @param again whether files that were refused are to be offered again */
  isDirty(again = false): boolean {
    return this.#outbox.isDirty(again)
  }

  /**
   * What the lasting copy does not have yet, up to the checkpoint, to be read as it is written; null when it has all.
   * @param again whether files that it refused are to be offered again
   * @param found what the lasting copy has, where everything has to be written again
   * @param forgetsBefore clients that submitted nothing since then, in Unix ms, are forgotten; null for none
   */
  dirty(
    again = false,
    found: StoredRoom | null = null,
    forgetsBefore: number | null = null,
  ): DirtyBatch | null {
    return this.isDirty(again) ? this.#outbox.batch(again, found, forgetsBefore) : null
  }

  /** Clients that last submitted something before this moment, and before the tail, were forgotten. Both in Unix ms. */
  forgot(before: number, now: number): void {
    const at = this.committedAt(this.#tail)
    if (at !== null && at < before) this.#sql.exec('DELETE FROM clients WHERE seq <= ?', this.#tail)
    this.stored.forgot(now)
  }

  /** The lasting copy has everything up to `seq`: the seq that was written, not the one of now. */
  flushed(seq: number): void {
    this.#unflushed = null
    this.stored.written(seq)
  }

  /** The lasting copy went back to what it was, or is gone (null): everything that is here is to be written again. */
  wentBack(stored: StoredMark | null): void {
    this.#unflushed = null
    this.stored.wentBack(stored, this.#tail)
  }

  /** The text of a file is neither here nor in the lasting copy. */
  lost(file: string): void {
    this.#outbox.lost(file)
  }

  /** The lasting copy will not take this file as it is. It is not offered again until it changes, or somebody asks. */
  refused(file: string, message: string): void {
    this.#outbox.refused(file, message)
  }

  /** The lasting copy took the file. */
  accepted(file: string): void {
    this.#outbox.accepted(file)
  }

  /** Files that are set aside, with what the database said. While there are any, this journal is all there is of them. */
  get setAside(): { readonly file: string; readonly message: string }[] {
    return this.#outbox.setAside
  }

  /** When the room was last left empty, in ms since the epoch of Unix; null when it never was. */
  get leftAt(): number | null {
    const time = this.#meta.get('left_at')
    return time === null ? null : Number(time)
  }

  set leftAt(time: number | null) {
    if (time !== this.leftAt) this.#meta.set('left_at', time)
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #sum(table: 'commits' | 'blobs', after: number, upTo: number): number {
    const statement = `SELECT sum(octet_length(body)) AS bytes FROM ${table} WHERE seq > ? AND seq <= ?`
    return Number(this.#one(statement, after, upTo)?.bytes ?? 0)
  }

  #lentIn(after: number, upTo: number): StoredCommit[] {
    return this.#lent.filter(({ seq }) => seq > after && seq <= Math.min(upTo, this.#tail))
  }

  #since(seq: number): SqlRow[] {
    return this.#sql.exec('SELECT body FROM commits WHERE seq > ? ORDER BY seq', seq).toArray()
  }

  #fill(body: string): Commit {
    return fill(JSON.parse(body), (blob) => this.blob(blob) ?? undefined)
  }

  #parse(body: string): Commit<Change> {
    return this.#whole(JSON.parse(body))
  }

  #whole(commit: Commit): Commit<Change> {
    return inlineBlobs(commit, (blob) => this.blob(blob) ?? undefined)
  }

  #note(commit: Commit): void {
    noteRemovals(commit, this.#removed)
    for (const { changes } of commit.entries)
      for (const change of changes) if (change.type === 'create') this.#created.add(change.file)
    for (const { client, user, n } of commit.entries) {
      if (n > 0) this.#clients.set(client, { client, user, n, seq: commit.seq })
    }
  }

  #putFile(file: string, path: string, revision: number, created: number, bytes: number): void {
    this.#sql.exec(
      `INSERT INTO files (file, path, revision, created, bytes) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (file) DO UPDATE SET path = excluded.path, revision = excluded.revision, created = excluded.created,
           bytes = excluded.bytes`,
      file,
      path,
      revision,
      created,
      bytes,
    )
  }

  #putClient({ client, user, n, seq }: ClientRecord): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO clients (client, user, n, seq) VALUES (?, ?, ?, ?)',
      client,
      user,
      n,
      seq,
    )
  }

  /** As of the checkpoint. */
  #policy(): Policy {
    const policy = this.#meta.get('policy')
    return policyOf(policy === null ? null : JSON.parse(String(policy)))
  }

  #setPolicy(policy: Policy): void {
    this.#meta.set('policy', JSON.stringify(policy))
  }

  /** @param at when commit `seq` was made, where that is known, in Unix ms */
  #setTail(seq: number, at: number | null): void {
    this.#tail = seq
    this.#meta.set('tail_at', at === null ? null : JSON.stringify({ seq, at }))
  }

  #tailAt(): number | null {
    const stored = this.#meta.get('tail_at')
    const { seq, at } = stored === null ? { seq: null, at: null } : JSON.parse(String(stored))
    return seq === this.#tail ? at : null
  }

  #one(statement: string, ...bindings: SqlValue[]): SqlRow | undefined {
    return this.#sql.exec(statement, ...bindings).toArray()[0]
  }
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((total, { length }) => total + length, 0)
}
