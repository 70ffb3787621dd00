/**
 * The SQL of one part of a flush: a list of statements to be run in this order within one transaction. Invariant: the
 * first locks the room's row, and takes it under the new seq if the part is the last, unless the stored one is newer or of
 * another epoch; every other acts only where it did not lose that. So an older flush, or one for another room of the
 * same name, does nothing at all. Builds statements; knows neither connection nor errors.
 */

import { and, eq, type SQL, sql } from 'drizzle-orm'
import { chunks, type FlushPart, unitsOfCommit, unitsOfFile } from './flush-parts.ts'
import { build, fresh, type Statement } from './statement.ts'
import type { FlushBatch, StoredFile } from './store.ts'
import { clients, commits, files, rooms } from './tables.ts'

/**
 * A statement carries at most this many rows (Postgres takes 65,535 parameters, and a row has up to five), and about
 * this much text, in UTF-16 units, so that one statement never holds a whole project.
 */
const LIMITS = { maxRows: 1000, maxUnits: 4 * 1024 * 1024 }

/** SQLSTATE of a flush that leaves a text out where none is stored: the column cannot be null. */
export const TEXT_MISSING = '23502'

/**
 * The statements of a part. The last selects `epoch` and `seq` of the stored room, by which the caller tells "written", "older
 * than what is stored" and "another room".
 */
export function flushStatements(part: FlushPart): Statement[] {
  const { room } = part
  const seqFits = part.last ? sql`${rooms.seq} = ${part.seq}` : sql`${rooms.seq} <= ${part.seq}`
  const here = sql`exists (select 1 from ${rooms} where ${rooms.room} = ${room} and ${rooms.epoch} = ${part.epoch} and ${seqFits})`
  const kept = chunks(
    part.files.filter((row) => row.text === null),
    () => 0,
    LIMITS,
  )
  const brought = chunks(
    part.files.filter((row) => row.text !== null),
    unitsOfFile,
    LIMITS,
  )
  return [
    part.last ? takeRoom(part) : lockRoom(part),
    ...kept.flatMap((rows) => [requireTexts(room, rows, here), updateFiles(room, rows, here)]),
    ...brought.map((rows) => upsertFiles(room, rows, here)),
    ...chunks(part.removed, () => 0, LIMITS).map((ids) => removeFiles(room, ids, here)),
    ...chunks(part.commits, unitsOfCommit, LIMITS).map((rows) => insertCommits(room, rows, here)),
    ...chunks(part.clients, () => 0, LIMITS).map((rows) => upsertClients(room, rows, here)),
    build
      .select({ epoch: rooms.epoch, seq: rooms.seq })
      .from(rooms)
      .where(and(eq(rooms.room, room), fresh)),
  ].map((query) => query.toSQL())
}

function roomRow({ room, epoch, createdAt, policy }: FlushBatch, seq: number) {
  return build.insert(rooms).values({ room, epoch, seq, policy, createdAt: new Date(createdAt) })
}

/** The fence. The row stays locked until the end of the transaction, also where nothing was updated. */
function takeRoom(batch: FlushBatch) {
  return roomRow(batch, batch.seq).onConflictDoUpdate({
    target: rooms.room,
    set: {
      seq: sql`excluded.seq`,
      policy: sql`excluded.policy`,
      updatedAt: sql`case when ${rooms.seq} < excluded.seq then now() else ${rooms.updatedAt} end`,
      lastSyncedAt: sql`now()`,
    },
    setWhere: sql`${rooms.seq} <= excluded.seq and ${rooms.epoch} = excluded.epoch`,
  })
}

/** The fence of a part with others to come: locks the row and changes nothing. A new room begins at seq 0. */
function lockRoom(batch: FlushBatch) {
  return roomRow(batch, 0).onConflictDoUpdate({
    target: rooms.room,
    set: { seq: sql`${rooms.seq}` },
    setWhere: sql`false`,
  })
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

/** Puts a file without a text where none is stored, which the table refuses; where all are, it does nothing. */
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

function insertCommits(room: string, rows: FlushBatch['commits'], here: SQL) {
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

function upsertClients(room: string, rows: FlushBatch['clients'], here: SQL) {
  const values = valuesOf(rows.map((row) => [row.client, row.user, row.n, row.seq]))
  return build
    .insert(clients)
    .select(
      sql`select ${room}::text, v.client, v.user_id, v.n::bigint, v.seq::bigint from (${values}) as v(client, user_id, n, seq) where ${here}`,
    )
    .onConflictDoUpdate({
      target: [clients.room, clients.client],
      set: { user: sql`excluded.user_id`, n: sql`excluded.n`, seq: sql`excluded.seq` },
      setWhere: sql`${clients.n} < excluded.n`,
    })
}

/** `values ($1,$2),($3,$4)`: plain parameters, which arrive as text; the statement around them casts. */
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
