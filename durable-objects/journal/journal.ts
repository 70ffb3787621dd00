/**
 * The journal: everything that a room keeps in the object's SQLite. It is the truth; memory is a copy that may be gone. Behind the log
 * lies a checkpoint; what a flush has to write is a comparison, `flushed < seq`, never a flag. What Postgres has may be missing
 * here: texts that nobody asked for since the room came back from it, and commits before the tail.
 *
 * It knows rows and commits, no socket and no rule of who may do what.
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
  readonly #sql: Sql
  readonly #meta: MetaRows
  readonly #checkpoint: Checkpoint
  readonly #rows: UnflushedRows
  #isRoom = false
  /** See `unflushedBytes`; null while it has to be looked up. */
  #unflushed: number | null = null

  /** Opens the journal. An object that holds no room gets no tables either. @throws Error when its tables are not of this code */
  constructor(sql: Sql) {
    this.#sql = sql
    this.#meta = new MetaRows(sql)
    const texts = new TextRows(sql)
    const blobs = new BlobRows(sql)
    this.reports = new ReportRows(sql)
    this.marks = new FlushMarks(this.#meta)
    this.log = new Log(sql, this.#meta, blobs)
    this.#checkpoint = new Checkpoint(sql, this.#meta, texts, blobs, this.log)
    this.#rows = new UnflushedRows(sql, this.#meta, texts, blobs, this.marks)
    if (!hasJournal(sql)) return
    migrateJournal(sql)
    this.#isRoom = this.#meta.get('room') !== null
    this.#checkpoint.open()
    this.marks.open()
    this.log.open(this.#checkpoint.seq)
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
    return this.log.seq
  }

  /** The commit up to which the lasting copy is believed to be complete. */
  get flushedSeq(): number {
    return this.marks.flushed
  }

  /** The commits after this seq are here; those before it in the archive alone. */
  get tail(): number {
    return this.log.tail
  }

  get checkpointSeq(): number {
    return this.#checkpoint.seq
  }

  /** Whether the checkpoint is so far behind that finding a text, or waking, begins to cost. */
  get wantsCheckpoint(): boolean {
    return this.#checkpoint.isBehind
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
    this.marks.create(writer)
    this.#checkpoint.create(policy)
  }

  /** Takes over a room from the lasting copy, as a checkpoint without texts. */
  restore(stored: StoredRoom, writer: string): void {
    this.create(stored.room, stored.epoch, stored.createdAt, policyOf(stored.policy), writer)
    this.#checkpoint.restore(stored)
    this.log.startAfter(stored.seq, stored.lastAt)
    this.marks.restore(stored)
  }

  // ── the log ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Writes the commit after `seq`.
   * @param body its JSON, the bytes that are broadcast
   * @throws Error when it is not the next one, which would leave a hole in the log, or when its row cannot be written
   */
  append(commit: ExtractedCommit, body: string): void {
    this.log.append(commit, body)
    if (this.#unflushed !== null) {
      this.#unflushed += body.length
      for (const content of commit.blobs.values()) this.#unflushed += content.length
    }
    this.#checkpoint.committed(commit.commit, body.length)
  }

  /** What the authority asks of the past. @param archived commits before the tail that were fetched for it */
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

  /** Lets go of commits that Postgres has, down to the last `keep`. Waits for twice as many: each is a billed row. */
  prune(keep: number): void {
    if (this.seq - this.tail < 2 * keep) return
    const upTo = Math.min(this.flushedSeq, this.checkpointSeq, this.seq - keep)
    if (upTo > this.tail) this.log.prune(upTo)
  }

  // ── the state ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The room as of the last commit. Texts stay where they are. */
  load(): RoomState {
    return this.#checkpoint.load()
  }

  /** The text of a file as of the last commit. @throws Error where `hasText` says no */
  text(file: string): Text {
    return this.#checkpoint.text(file)
  }

  /** Whether the text of a file can be had from here. It cannot when the room came back and nobody has asked for it since. */
  hasText(file: string): boolean {
    return this.#checkpoint.hasText(file)
  }

  /**
   * Takes the text of a file from Postgres, unless it is older than the one that was there when the room came back. Only where
   * `hasText` says no: one that is here may be newer. Answers whether it was taken.
   */
  fetched(file: string, stored: StoredText): boolean {
    return this.#checkpoint.fetched(file, stored)
  }

  client(client: string): ClientRecord | null {
    return this.#checkpoint.client(client)
  }

  /** Whether Postgres may know of a client that nobody here knows. */
  lacksClient(client: string): boolean {
    return this.marks.hasMoreClients && this.client(client) === null
  }

  /**
   * Takes what Postgres knows of a client, unless it has committed here meanwhile. What this room has not flushed it knows
   * itself: a later commit is another writer's, and not in this log.
   */
  fetchedClient(record: ClientRecord): void {
    if (record.seq <= this.marks.flushed && this.client(record.client) === null)
      this.#checkpoint.putClient(record)
  }

  /**
   * Moves the checkpoint up to the last commit, whose state is given.
   * @param atomically runs what writes, all of it or nothing
   */
  checkpoint(state: RoomState, atomically: (work: () => void) => void): void {
    this.#checkpoint.moveUp(state, (file) => this.#rows.accepted(file), atomically)
  }

  // ── the flush ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** About how many bytes the commits have that are not flushed, with what they name. */
  get unflushedBytes(): number {
    this.#unflushed ??= this.log.bytes(this.flushedSeq, this.seq)
    return this.#unflushed
  }

  /** What a flush of all that is here would say of itself. */
  get head(): FlushHead {
    return { room: this.room, epoch: this.epoch, seq: this.seq, ...this.marks.belief }
  }

  /** Whether there is anything to flush, up to the checkpoint. @param again whether files that were refused are to be offered again */
  isDirty(again = false): boolean {
    return this.#rows.isDirty(again)
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
    return this.isDirty(again) ? this.#rows.batch(again, found, forgetsBefore) : null
  }

  /** Clients that last submitted something before this moment, and before the tail, were forgotten. Both in Unix ms. */
  forgot(before: number, now: number): void {
    const at = this.log.committedAt(this.tail)
    if (at !== null && at < before) this.#sql.exec('DELETE FROM clients WHERE seq <= ?', this.tail)
    this.marks.forgot(now)
  }

  /** The lasting copy has everything up to `seq`: the seq that was written, not the one of now. */
  flushed(seq: number): void {
    this.#unflushed = null
    this.marks.written(seq)
  }

  /** The lasting copy went back to what it was, or is gone (null): everything that is here is to be written again. */
  wentBack(stored: StoredMark | null): void {
    this.#unflushed = null
    this.marks.wentBack(stored, this.tail)
  }

  /** The text of a file is neither here nor in the lasting copy. */
  lost(file: string): void {
    this.#rows.lost(file)
  }

  /** The lasting copy will not take this file as it is. It is not offered again until it changes, or somebody asks. */
  refused(file: string, message: string): void {
    this.#rows.refused(file, message)
  }

  /** The lasting copy took the file. */
  accepted(file: string): void {
    this.#rows.accepted(file)
  }

  /** Files that are set aside, with what the database said. While there are any, this journal is all there is of them. */
  get setAside(): { readonly file: string; readonly message: string }[] {
    return this.#rows.setAside
  }

  /** When the room was last left empty, in ms since the epoch of Unix; null when it never was. */
  get leftAt(): number | null {
    const time = this.#meta.get('left_at')
    return time === null ? null : Number(time)
  }

  set leftAt(time: number | null) {
    if (time !== this.leftAt) this.#meta.set('left_at', time)
  }
}
