/**
 * The journal: everything a room stores in its object's SQLite. It is the source of truth; memory is a copy
 * that may vanish. Behind the log is a checkpoint. What a flush has to write is a comparison, `flushed <
 * seq`, never a flag. What Postgres has may be missing here: texts not read since the room was restored, and
 * commits before the tail. It knows rows and commits, not sockets or permissions.
 */
import type { ClientRecord, Past } from '../../core/authority/authority.ts'
import type { ExtractedCommit } from '../../core/model/blobs.ts'
import { policyOf } from '../../core/model/policy.ts'
import type { RoomState } from '../../core/model/state.ts'
import type { Policy } from '../../core/protocol/messages.ts'
import type { Text } from '../../core/text/text.ts'
import type { FlushHead, StoredCommit, StoredMark, StoredRoom, StoredText } from '../../schema/store.ts'
import { BlobRows } from './blobs.ts'
import { Checkpoint } from './checkpoint.ts'
import { FlushMarks } from './flush-marks.ts'
import { Log } from './log.ts'
import { MetaRows } from './meta.ts'
import { hasJournal, migrateJournal } from './migrations.ts'
import { ReportRows } from './reports.ts'
import type { Sql } from './sql.ts'
import { TextRows } from './texts.ts'
import { type DirtyBatch, UnflushedRows } from './unflushed-rows.ts'

export class Journal {
  readonly log: Log
  readonly reports: ReportRows
  /** What Postgres is believed to have. */
  readonly marks: FlushMarks
  /** What Postgres lacks, and what it refuses. */
  readonly unflushed: UnflushedRows
  readonly #sql: Sql
  readonly #meta: MetaRows
  readonly #checkpoint: Checkpoint
  /** Name of the room that is stored here; null if there is none. */
  #room: string | null = null
  /** See `unflushedBytes`; null until it is computed. */
  #unflushed: number | null = null

  /**
   * Opens the journal. An object that holds no room gets no tables.
   * @throws Error if the tables do not match this code
   */
  constructor(sql: Sql) {
    this.#sql = sql
    this.#meta = new MetaRows(sql)
    const texts = new TextRows(sql)
    const blobs = new BlobRows(sql)
    this.reports = new ReportRows(sql)
    this.marks = new FlushMarks(this.#meta)
    this.log = new Log(sql, this.#meta, blobs)
    this.#checkpoint = new Checkpoint(sql, this.#meta, texts, blobs, this.log)
    this.unflushed = new UnflushedRows(sql, this.#meta, texts, blobs, this.marks)
    if (!hasJournal(sql)) return
    migrateJournal(sql)
    const stored = this.#meta.all()
    this.#room = stored.has('room') ? String(stored.get('room')) : null
    this.#checkpoint.open(stored)
    this.marks.open(stored)
    this.log.open(this.#checkpoint.seq)
    if (this.flushedSeq === this.seq) this.#unflushed = 0
  }

  /** Whether a room is stored here. */
  get isRoom(): boolean {
    return this.#room !== null
  }

  /** Its name; empty if there is none. */
  get room(): string {
    return this.#room ?? ''
  }

  get epoch(): string {
    return String(this.#meta.get('epoch'))
  }

  /** Unix ms */
  get createdAt(): number {
    return this.#meta.number('created_at')
  }

  /** The last commit. */
  get seq(): number {
    return this.log.seq
  }

  /** Postgres is believed to have every commit up to this seq. */
  get flushedSeq(): number {
    return this.marks.flushed
  }

  /** The commits after this seq are here; earlier ones are only in the archive. */
  get tail(): number {
    return this.log.tail
  }

  get checkpointSeq(): number {
    return this.#checkpoint.seq
  }

  /** Whether the checkpoint is so far behind that reading a text, or waking up, becomes slow. */
  get wantsCheckpoint(): boolean {
    return this.#checkpoint.isBehind
  }

  /**
   * @param policy the room's initial policy
   * @param writer id of this instance of the object, by which Postgres tells it from others
   */
  create(room: string, epoch: string, createdAt: number, policy: Policy, writer: string): void {
    migrateJournal(this.#sql)
    this.#meta.set('room', room)
    this.#room = room
    this.#meta.set('epoch', epoch)
    this.#meta.set('created_at', createdAt)
    this.marks.create(writer)
    this.#checkpoint.create(policy)
  }

  /** Restores a room from Postgres, as a checkpoint without texts. */
  restore(stored: StoredRoom, writer: string): void {
    this.create(stored.room, stored.epoch, stored.createdAt, policyOf(stored.policy), writer)
    this.#checkpoint.restore(stored)
    this.log.startAfter(stored.seq, stored.lastAt)
    this.marks.restore(stored)
  }

  // ── the log ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Writes the commit after `seq`.
   * @param body its JSON, byte for byte what is broadcast
   * @throws Error if it is not the next one, which would leave a hole in the log, or if its row cannot be
   * written
   */
  append(commit: ExtractedCommit, body: string): void {
    this.log.append(commit, body)
    if (this.#unflushed !== null) {
      this.#unflushed += body.length
      for (const content of commit.blobs.values()) this.#unflushed += content.length
    }
    this.#checkpoint.committed(commit.commit, body.length)
  }

  /** The history that the authority reads. @param archived fetched commits before the tail */
  past(archived: readonly StoredCommit[] = []): Past {
    const log = this.log.with(archived)
    return {
      text: (file) => this.text(file),
      client: (client) => this.client(client),
      commits: (after, upTo) => log.commits(after, upTo),
      removals: (seq) => log.removals(seq),
      blob: (blob) => log.blob(blob),
    }
  }

  /**
   * Deletes commits that Postgres has, down to the last `keep`. Waits until there are twice as many: each
   * delete is a billed row.
   */
  prune(keep: number): void {
    if (this.seq - this.tail < 2 * keep) return
    const upTo = Math.min(this.flushedSeq, this.checkpointSeq, this.seq - keep)
    if (upTo > this.tail) this.log.prune(upTo)
  }

  // ── the state ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The room as of the last commit. Texts are not loaded. */
  load(): RoomState {
    return this.#checkpoint.load()
  }

  /** The text of a file as of the last commit. @throws Error if `hasText` is false */
  text(file: string): Text {
    return this.#checkpoint.text(file)
  }

  /** Whether the text of a file is here. After a restore it is not, until it is fetched. */
  hasText(file: string): boolean {
    return this.#checkpoint.hasText(file)
  }

  /**
   * Stores a text fetched from Postgres, unless it is older than the one stored when the room was restored.
   * To be called only if `hasText` is false: a text that is here may be newer. Returns whether it was
   * stored.
   */
  fetched(file: string, stored: StoredText): boolean {
    return this.#checkpoint.fetched(file, stored)
  }

  client(client: string): ClientRecord | null {
    return this.#checkpoint.client(client)
  }

  /** Whether Postgres may know a client that is unknown here. */
  lacksClient(client: string): boolean {
    return this.marks.hasMoreClients && this.client(client) === null
  }

  /**
   * Stores what Postgres knows of a client, unless the client has committed here meanwhile. The room itself
   * knows every commit that is not flushed: a later one is another writer's, and not in this log.
   */
  fetchedClient(record: ClientRecord): void {
    if (record.seq <= this.marks.flushed && this.client(record.client) === null)
      this.#checkpoint.putClient(record)
  }

  /**
   * Moves the checkpoint up to the last commit, whose state is passed in.
   * @param atomically runs writes in a transaction
   */
  checkpoint(state: RoomState, atomically: (work: () => void) => void): void {
    this.#checkpoint.moveUp(state, (file) => this.unflushed.accepted(file), atomically)
  }

  // ── the flush ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Approximate bytes of the unflushed commits, with their blobs. */
  get unflushedBytes(): number {
    this.#unflushed ??= this.log.bytes(this.flushedSeq, this.seq)
    return this.#unflushed
  }

  /** Whether Postgres is believed to have all of the room, and has accepted every file. */
  get isStored(): boolean {
    return this.isRoom && this.flushedSeq >= this.seq && !this.marks.rewrites && this.setAside.length === 0
  }

  /** The head of a flush of everything here. */
  get head(): FlushHead {
    return { room: this.room, epoch: this.epoch, seq: this.seq, ...this.marks.belief }
  }

  /**
   * Whether there is anything to flush, up to the checkpoint.
   * @param again includes files that were refused before
   */
  isDirty(again = false): boolean {
    return this.unflushed.isDirty(again)
  }

  /**
   * What Postgres lacks, up to the checkpoint, read lazily as it is written; null if it has everything.
   * @param again includes files that it refused before
   * @param found what Postgres has, if everything has to be written again
   * @param forgetsBefore clients without a submission since then, Unix ms, are forgotten; null for none
   */
  dirty(
    again = false,
    found: StoredRoom | null = null,
    forgetsBefore: number | null = null,
  ): DirtyBatch | null {
    return this.isDirty(again) ? this.unflushed.batch(again, found, forgetsBefore) : null
  }

  /** Deletes clients whose last submission was before this time and before the tail. Both Unix ms. */
  forgot(before: number, now: number): void {
    const at = this.log.committedAt(this.tail)
    if (at !== null && at < before) this.#sql.exec('DELETE FROM clients WHERE seq <= ?', this.tail)
    this.marks.forgot(now)
  }

  /** Postgres has everything up to `seq`: the seq that was written, not the current one. */
  flushed(seq: number): void {
    this.#unflushed = null
    this.marks.written(seq)
  }

  /**
   * Postgres went back to an earlier state, or has lost the room (null): everything here has to be written
   * again.
   */
  wentBack(stored: StoredMark | null): void {
    this.#unflushed = null
    this.marks.wentBack(stored, this.tail)
  }

  /**
   * Files that are set aside, with the database's error. While there are any, this journal is the only copy
   * of them.
   */
  get setAside(): { readonly file: string; readonly message: string }[] {
    return this.unflushed.setAside
  }

  /** When the room last became empty, Unix ms; null for never. */
  get leftAt(): number | null {
    const time = this.#meta.get('left_at')
    return time === null ? null : Number(time)
  }

  set leftAt(time: number | null) {
    if (time !== this.leftAt) this.#meta.set('left_at', time)
  }
}
