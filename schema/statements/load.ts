/**
 * The SQL that reads a room, and the decoding of its rows. Each function names the index that it uses;
 * tables.ts lists them all. Builds statements and decodes rows; knows neither connections nor errors.
 */

import { and, asc, desc, eq, gt, lt, lte, sql } from 'drizzle-orm'
import { build, fresh, type Rows, type Statement } from '../statement.ts'
import {
  CLIENTS_AT_LOAD,
  type CommitsWanted,
  type PagedChange,
  type StoredClient,
  type StoredCommit,
  type StoredFileSize,
  type StoredMark,
  type StoredRoom,
  type StoredText,
} from '../store.ts'
import { clients, commits, files, hasChange, rooms } from '../tables.ts'
import type { FoundRow } from './flush-fence.ts'

/** `at` of the row's commit `seq`, Unix ms. Uses commits_pkey. */
function lastAt(room: string) {
  return sql`(select (extract(epoch from c.at) * 1000)::bigint from ${commits} c where c.room = ${room} and c.seq = "rooms"."seq")`
}

/** Whether an interrupted flush left anything above the row's seq. Uses commits_pkey and files_pkey. */
function hasMore(room: string) {
  const newer = sql`select 1 from ${commits} c where c.room = ${room} and c.seq > "rooms"."seq"`
  const ahead = sql`select 1 from ${files} f where f.room = ${room} and f.revision > "rooms"."seq"`
  return sql`(exists (${newer}) or exists (${ahead}))`
}

/** Epoch, seq and writer of a room's row. Uses rooms_pkey. */
export function markStatement(room: string): Statement {
  return build
    .select({ epoch: rooms.epoch, seq: rooms.seq, writer: rooms.writer })
    .from(rooms)
    .where(and(eq(rooms.room, room), fresh))
    .toSQL()
}

/** The result of `markStatement`; null if there is no such room. */
export function markOf([row]: Rows): StoredMark | null {
  if (row === undefined) return null
  return { epoch: String(row.epoch), seq: Number(row.seq), writer: (row.writer as string | null) ?? null }
}

/** As `markOf`, of the row that a flush has locked. */
export function foundOf(rows: Rows): FoundRow {
  return { stored: markOf(rows), parts: Number(rows[0]?.parts ?? 0) }
}

/**
 * The room's row, its files without texts, and some of its clients: three statements. Use rooms_pkey,
 * files_pkey and clients_pkey.
 */
export function roomStatements(room: string): Statement[] {
  return [
    build
      .select({
        epoch: rooms.epoch,
        seq: rooms.seq,
        policy: rooms.policy,
        createdAt: sql`(extract(epoch from ${rooms.createdAt}) * 1000)::bigint`.as('created'),
        writer: rooms.writer,
        lineage: rooms.lineage,
        gaps: rooms.gaps,
        setAside: rooms.setAside,
        lastAt: lastAt(room).as('last_at'),
        hasMore: hasMore(room).as('has_more'),
      })
      .from(rooms)
      .where(and(eq(rooms.room, room), fresh)),
    build
      .select({
        file: files.file,
        path: files.path,
        revision: files.revision,
        bytes: sql`octet_length(${files.text})`.as('bytes'),
      })
      .from(files)
      .where(and(eq(files.room, room), fresh)),
    build
      .select({ client: clients.client, user: clients.user, n: clients.n, seq: clients.seq })
      .from(clients)
      .where(and(eq(clients.room, room), fresh))
      .orderBy(asc(clients.client))
      .limit(CLIENTS_AT_LOAD + 1),
  ].map((query) => query.toSQL())
}

/** The last submission of a client. Uses clients_pkey. */
export function clientStatement(room: string, client: string): Statement {
  return build
    .select({ client: clients.client, user: clients.user, n: clients.n, seq: clients.seq })
    .from(clients)
    .where(and(eq(clients.room, room), eq(clients.client, client), fresh))
    .toSQL()
}

/** The result of `clientStatement`. */
export function clientOf([row]: Rows): StoredClient | null {
  return row === undefined ? null : clientOfRow(row)
}

function clientOfRow({ client, user_id, n, seq }: Rows[number]): StoredClient {
  return { client: String(client), user: String(user_id), n: Number(n), seq: Number(seq) }
}

/** The result of `roomStatements`; null if there is no such room. */
export function roomOf(room: string, [found = [], list = [], last = []]: readonly Rows[]): StoredRoom | null {
  const [row] = found
  const mark = markOf(found)
  if (row === undefined || mark === null) return null
  return {
    room,
    ...mark,
    lineage: (row.lineage as readonly string[] | null) ?? [],
    gaps: ((row.gaps as readonly [number, number][] | null) ?? []).map(([after, upTo]) => ({ after, upTo })),
    setAside: Number(row.set_aside),
    lastAt: row.last_at == null ? null : Number(row.last_at),
    hasMore: row.has_more === true || row.has_more === 't',
    createdAt: Number(row.created),
    policy: row.policy as StoredRoom['policy'],
    files: list.map(
      ({ file, path, revision, bytes }): StoredFileSize => ({
        file: String(file),
        path: String(path),
        revision: Number(revision),
        bytes: Number(bytes),
      }),
    ),
    clients: last.slice(0, CLIENTS_AT_LOAD).map(clientOfRow),
    hasMoreClients: last.length > CLIENTS_AT_LOAD,
  }
}

/** The texts of some files. Uses files_pkey. */
export function textsStatement(room: string, ids: readonly string[]): Statement {
  return build
    .select({ file: files.file, revision: files.revision, text: files.text })
    .from(files)
    .where(and(eq(files.room, room), sql`${files.file} = any(${sql.param([...ids])}::text[])`, fresh))
    .toSQL()
}

/** The result of `textsStatement`, by file id. */
export function textsOf(rows: Rows): Map<string, StoredText> {
  return new Map(
    rows.map(({ file, revision, text }) => [
      String(file),
      { revision: Number(revision), text: String(text) },
    ]),
  )
}

const COMMIT = {
  seq: commits.seq,
  at: sql`(extract(epoch from ${commits.at}) * 1000)::bigint`.as('moment'),
  body: commits.body,
  blobs: commits.blobs,
}

/**
 * The last commits before `before` that have a change of this type, newest first. Uses commits_chat or
 * commits_remove.
 */
export function commitsWithStatement(
  type: PagedChange,
  room: string,
  before: number,
  most: number,
): Statement {
  return build
    .select(COMMIT)
    .from(commits)
    .where(and(eq(commits.room, room), lt(commits.seq, before), hasChange[type](commits.body), fresh))
    .orderBy(desc(commits.seq))
    .limit(most)
    .toSQL()
}

/**
 * The commits with `after < seq <= upTo`, ascending; none if together they exceed the wanted bytes. Uses
 * commits_pkey, which also provides the order.
 */
export function commitsStatement(
  room: string,
  after: number,
  upTo: number,
  { blobs = true, bytes = Number.POSITIVE_INFINITY }: CommitsWanted,
): Statement {
  const range = and(eq(commits.room, room), gt(commits.seq, after), lte(commits.seq, upTo))
  const ofBody = sql`octet_length(${commits.body})`
  const ofCommit = blobs ? sql`${ofBody} + coalesce(octet_length(${commits.blobs}::text), 0)` : ofBody
  const size = build
    .select({ bytes: sql`coalesce(sum(${ofCommit}), 0)`.as('size') })
    .from(commits)
    .where(range)
  const fits = Number.isFinite(bytes) ? sql`(${size}) <= ${bytes}::bigint` : undefined
  return build
    .select(blobs ? COMMIT : { ...COMMIT, blobs: sql`null`.as('blobs') })
    .from(commits)
    .where(and(range, fits, fresh))
    .orderBy(asc(commits.seq))
    .toSQL()
}

/** The result of `commitsStatement`. */
export function commitsOf(rows: Rows): StoredCommit[] {
  return rows.map(({ seq, moment, body, blobs }) => ({
    seq: Number(seq),
    at: Number(moment),
    body: String(body),
    blobs: blobs as StoredCommit['blobs'],
  }))
}
