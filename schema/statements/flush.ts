/**
 * The SQL of one part of a flush: statements to be run in this order within one transaction. Invariant: the
 * room's row is locked first, then updated if the fence lets the flush write (flush-fence.ts), with the new
 * seq if the part is the last; every other statement only acts if the row was updated. So a flush that is
 * outdated, of another room with the same name, of another writer, or that assumes more to be stored than
 * is, does nothing at all. Builds statements; knows neither connections nor errors.
 */

import { and, eq, gte, lte, type SQL, sql } from 'drizzle-orm'
import { build, type Statement } from '../statement.ts'
import type { StoredClient, StoredCommit, StoredFile, StoredFileInfo } from '../store.ts'
import { clients, commits, files, rooms } from '../tables.ts'
import { mayWrite, takesOver } from './flush-fence.ts'
import { chunks, type FlushPart, unitsOfCommit, unitsOfFile } from './flush-parts.ts'

/**
 * Most rows of a statement (Postgres accepts 65,535 parameters, and a row has up to five) and about how much
 * text, in UTF-16 units, so that one statement never holds a whole project.
 */
const LIMITS = { maxRows: 1000, maxUnits: 4 * 1024 * 1024 }

/** SQLSTATE of a flush that omits a text when none is stored: the column is not nullable. */
export const TEXT_MISSING = '23502'

/** The statements of a part, and which of their results the caller needs. */
export interface FlushPlan {
  readonly statements: readonly Statement[]
  /**
   * Index of the statement that selects `epoch`, `seq` and `writer` of the row as found, which determine the
   * verdict.
   */
  readonly found: number
  /**
   * Indexes of the statements that select `file` of the rows whose stored revision is not the flushed one.
   */
  readonly skipped: readonly number[]
}

export function flushPlan(part: FlushPart): FlushPlan {
  const { room } = part
  const seqFits = part.last
    ? eq(rooms.seq, part.seq)
    : and(gte(rooms.seq, part.base), lte(rooms.seq, part.seq))
  const isOurs = and(
    eq(rooms.room, room),
    eq(rooms.epoch, part.epoch),
    eq(rooms.writer, part.writer),
    eq(rooms.parts, partsWith(part)),
    seqFits,
  )
  const here = sql`exists (select 1 from ${rooms} where ${isOurs})`
  const withoutText = chunks(
    part.files.filter((row) => row.text === null),
    () => 0,
    LIMITS,
  )
  const withText = chunks(
    part.files.filter((row) => row.text !== null),
    unitsOfFile,
    LIMITS,
  )
  const before = [...newRoom(part), lockRoom(room)]
  const work = [
    ...cleaned(part),
    takeRoom(part),
    ...withoutText.flatMap((rows) => [requireTexts(room, rows, here), updateFiles(room, rows, here)]),
    ...withText.map((rows) => upsertFiles(room, rows, here)),
    ...chunks(part.removed, () => 0, LIMITS).map((ids) => removeFiles(room, ids, here)),
    ...chunks(part.moved, () => 0, LIMITS).map((rows) => moveFiles(room, rows, here)),
    ...chunks(part.commits, unitsOfCommit, LIMITS).map((rows) => insertCommits(room, rows, here)),
    ...forgottenClients(part, here),
    ...chunks(part.clients, () => 0, LIMITS).map((rows) => upsertClients(room, rows, here)),
  ]
  const checks = chunks(part.files, () => 0, LIMITS).map((rows) => otherFiles(room, rows, here))
  const first = before.length + work.length
  return {
    statements: [...before, ...work, ...checks].map((query) => query.toSQL()),
    found: before.length - 1,
    skipped: checks.map((_, at) => first + at),
  }
}

/** The row of a room that was never stored, at seq 0. */
function newRoom({ room, epoch, writer, createdAt, policy, base, number }: FlushPart) {
  if (base > 0 || number > 0) return []
  const row = { room, epoch, writer, seq: 0, policy, createdAt: new Date(createdAt) }
  return [build.insert(rooms).values(row).onConflictDoNothing()]
}

/** The fence: the current row, locked until the end of the transaction. */
function lockRoom(room: string) {
  return build
    .select({ epoch: rooms.epoch, seq: rooms.seq, writer: rooms.writer, parts: rooms.parts })
    .from(rooms)
    .where(eq(rooms.room, room))
    .for('update')
}

/**
 * Cleans up what an interrupted flush left above the stored seq: its commits are deleted, and its files
 * count as of that seq.
 */
function cleaned(part: FlushPart) {
  if (part.number > 0 || (part.takes === null && !part.cleans)) return []
  const { room } = part
  const stored = sql`(select ${rooms.seq} from ${rooms} where ${part.cleans ? mayWrite(part) : takesOver(part)})`
  return [
    build.delete(commits).where(and(eq(commits.room, room), sql`${commits.seq} > ${stored}`)),
    build
      .update(files)
      .set({ revision: stored })
      .where(and(eq(files.room, room), sql`${files.revision} > ${stored}`)),
  ]
}

/** Makes the row this writer's, with the new seq if the part is the last. */
function takeRoom(part: FlushPart) {
  const { epoch, writer, lineage } = part
  const gaps = part.gaps.length === 0 ? null : JSON.stringify(part.gaps.map((gap) => [gap.after, gap.upTo]))
  const isNewer = sql`${rooms.seq} < ${part.seq}::bigint`
  // A delayed flush may predate a loss of data in the database that a later flush with the same seq has
  // repaired.
  const knowsLess = sql`not ${isNewer} and ${rooms.seq} > ${part.base}::bigint and ${rooms.writer} = ${writer}`
  const moved = {
    seq: part.seq,
    policy: part.policy,
    gaps: sql`case when ${isNewer} then ${gaps}::jsonb else ${rooms.gaps} end`,
    setAside: sql`case when ${knowsLess} then greatest(${rooms.setAside}, ${part.setAside}::int) else ${part.setAside}::int end`,
    updatedAt: sql`case when ${rooms.seq} < ${part.seq} then now() else ${rooms.updatedAt} end`,
    lastSyncedAt: sql`now()`,
  }
  return build
    .update(rooms)
    .set({ epoch, writer, lineage: [...lineage], parts: partsWith(part), ...(part.last ? moved : {}) })
    .where(mayWrite(part))
}

/** The value of `parts` in the row once this part is stored. */
function partsWith({ last, number }: FlushPart): number {
  return last ? 0 : number + 1
}

/** Files whose stored revision is not the flushed one: another writer has written the row. */
function otherFiles(room: string, rows: readonly StoredFile[], here: SQL) {
  const values = valuesOf(rows.map((row) => [row.file, row.revision]))
  return build
    .select({ file: files.file })
    .from(files)
    .innerJoin(sql`(${values}) as v(file, revision)`, sql`${files.file} = v.file`)
    .where(and(eq(files.room, room), sql`${files.revision} <> v.revision::bigint`, here))
}

function upsertFiles(room: string, rows: readonly StoredFile[], here: SQL) {
  const values = valuesOf(rows.map((row) => [row.file, row.path, row.text, row.revision]))
  return build
    .insert(files)
    .select(
      sql`select ${room}::text, v.file, v.path, v.body, v.revision::bigint, now() from (${values}) as v(file, path, body, revision) where ${here}`,
    )
    .onConflictDoUpdate({
      target: [files.room, files.file],
      set: {
        path: sql`excluded.path`,
        text: sql`excluded.text`,
        revision: sql`excluded.revision`,
        updatedAt: sql`excluded.updated_at`,
      },
      setWhere: sql`${files.revision} < excluded.revision`,
    })
}

/**
 * Inserts a file without a text if none is stored, which the table rejects; does nothing if all are stored.
 */
function requireTexts(room: string, rows: readonly StoredFile[], here: SQL) {
  const values = valuesOf(rows.map((row) => [row.file, row.path, row.revision]))
  const stored = sql`select 1 from ${files} where ${files.room} = ${room} and ${files.file} = v.file`
  return build
    .insert(files)
    .select(
      sql`select ${room}::text, v.file, v.path, null::text, v.revision::bigint, now() from (${values}) as v(file, path, revision) where ${here} and not exists (${stored})`,
    )
}

/** New paths and revisions for texts that stay. A large text is not even read. */
function updateFiles(room: string, rows: readonly StoredFile[], here: SQL) {
  const values = valuesOf(rows.map((row) => [row.file, row.path, row.revision]))
  return build
    .update(files)
    .set({ path: sql`v.path`, revision: sql`v.revision::bigint`, updatedAt: sql`now()` })
    .from(sql`(${values}) as v(file, path, revision)`)
    .where(
      and(
        eq(files.room, room),
        sql`${files.file} = v.file`,
        sql`${files.revision} < v.revision::bigint`,
        here,
      ),
    )
}

function removeFiles(room: string, ids: readonly string[], here: SQL) {
  return build
    .delete(files)
    .where(and(eq(files.room, room), sql`${files.file} in (${valuesOf(ids.map((id) => [id]))})`, here))
}

/** New paths for rows that still have the expected revision. */
function moveFiles(room: string, rows: readonly StoredFileInfo[], here: SQL) {
  const values = valuesOf(rows.map((row) => [row.file, row.path, row.revision]))
  return build
    .update(files)
    .set({ path: sql`v.path`, updatedAt: sql`now()` })
    .from(sql`(${values}) as v(file, path, revision)`)
    .where(
      and(
        eq(files.room, room),
        sql`${files.file} = v.file`,
        sql`${files.revision} = v.revision::bigint`,
        here,
      ),
    )
}

function insertCommits(room: string, rows: readonly StoredCommit[], here: SQL) {
  const values = valuesOf(
    rows.map((row) => [row.seq, row.at, row.body, row.blobs === null ? null : JSON.stringify(row.blobs)]),
  )
  return build
    .insert(commits)
    .select(
      sql`select ${room}::text, v.seq::bigint, to_timestamp(v.at::float8 / 1000), v.body, v.blobs::jsonb from (${values}) as v(seq, at, body, blobs) where ${here}`,
    )
    .onConflictDoNothing()
}

/** Deletes clients that have been inactive for long: see `FlushBatch`. */
function forgottenClients({ room, last, forgetsBefore }: FlushPart, here: SQL) {
  if (!last || forgetsBefore === null) return []
  const isOld = sql`${clients.updatedAt} < to_timestamp(${forgetsBefore}::float8 / 1000)`
  return [build.delete(clients).where(and(eq(clients.room, room), isOld, here))]
}

function upsertClients(room: string, rows: readonly StoredClient[], here: SQL) {
  const values = valuesOf(rows.map((row) => [row.client, row.user, row.n, row.seq]))
  return build
    .insert(clients)
    .select(
      sql`select ${room}::text, v.client, v.user_id, v.n::bigint, v.seq::bigint, now() from (${values}) as v(client, user_id, n, seq) where ${here}`,
    )
    .onConflictDoUpdate({
      target: [clients.room, clients.client],
      set: { user: sql`excluded.user_id`, n: sql`excluded.n`, seq: sql`excluded.seq`, updatedAt: sql`now()` },
      setWhere: sql`${clients.n} < excluded.n`,
    })
}

/**
 * `values ($1,$2),($3,$4)`: plain parameters, which arrive as text; the surrounding statement casts them.
 */
function valuesOf(rows: readonly (readonly (string | number | null)[])[]): SQL {
  const tuples = rows.map(
    (row) =>
      sql`(${sql.join(
        row.map((value) => sql`${value}`),
        sql`,`,
      )})`,
  )
  return sql`values ${sql.join(tuples, sql`,`)}`
}
