/**
 * The SQL that reads a room, and what its rows mean. Each function names the index it goes by; tables.ts lists them all.
 * Builds statements and decodes rows; knows neither connection nor errors.
 */

import { and, asc, desc, eq, gt, lt, lte, sql } from 'drizzle-orm'
import { build, fresh, type Rows, type Statement } from './statement.ts'
import type { PagedChange, StoredClient, StoredCommit, StoredFileSize, StoredRoom } from './store.ts'
import { clients, commits, files, hasChange, rooms } from './tables.ts'

/** The room's row, its list of files and its clients: three statements. By rooms_pkey, files_pkey and clients_pkey. */
export function roomStatements(room: string): Statement[] {
  return [
    build
      .select({
        epoch: rooms.epoch,
        seq: rooms.seq,
        policy: rooms.policy,
        createdAt: sql`(extract(epoch from ${rooms.createdAt}) * 1000)::bigint`.as('created'),
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
      .where(and(eq(clients.room, room), fresh)),
  ].map((query) => query.toSQL())
}

/** What `roomStatements` found; null where there is no such room. */
export function roomOf(room: string, [found = [], list = [], last = []]: readonly Rows[]): StoredRoom | null {
  const [row] = found
  if (row === undefined) return null
  return {
    room,
    epoch: String(row.epoch),
    seq: Number(row.seq),
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
    clients: last.map(
      ({ client, user_id, n, seq }): StoredClient => ({
        client: String(client),
        user: String(user_id),
        n: Number(n),
        seq: Number(seq),
      }),
    ),
  }
}

/** The texts of some files. By files_pkey. */
export function textsStatement(room: string, ids: readonly string[]): Statement {
  return build
    .select({ file: files.file, text: files.text })
    .from(files)
    .where(and(eq(files.room, room), sql`${files.file} = any(${sql.param([...ids])}::text[])`, fresh))
    .toSQL()
}

/** What `textsStatement` found, by file id. */
export function textsOf(rows: Rows): Map<string, string> {
  return new Map(rows.map(({ file, text }) => [String(file), String(text)]))
}

const COMMIT = {
  seq: commits.seq,
  at: sql`(extract(epoch from ${commits.at}) * 1000)::bigint`.as('moment'),
  body: commits.body,
  blobs: commits.blobs,
}

/** The last commits before `before` that have a change of this type, the newest first. By commits_chat or commits_remove. */
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
 * The commits with `after < seq <= upTo`, ascending; none where they have more bytes together than `mostBytes`. By commits_pkey, which
 * also has them in this order.
 */
export function commitsStatement(
  room: string,
  after: number,
  upTo: number,
  mostBytes = Number.POSITIVE_INFINITY,
): Statement {
  const range = and(eq(commits.room, room), gt(commits.seq, after), lte(commits.seq, upTo))
  const bytes = sql`octet_length(${commits.body}) + coalesce(octet_length(${commits.blobs}::text), 0)`
  const size = build
    .select({ bytes: sql`coalesce(sum(${bytes}), 0)`.as('size') })
    .from(commits)
    .where(range)
  const fits = Number.isFinite(mostBytes) ? sql`(${size}) <= ${mostBytes}::bigint` : undefined
  return build
    .select(COMMIT)
    .from(commits)
    .where(and(range, fits, fresh))
    .orderBy(asc(commits.seq))
    .toSQL()
}

/** What `commitsStatement` found. */
export function commitsOf(rows: Rows): StoredCommit[] {
  return rows.map(({ seq, moment, body, blobs }) => ({
    seq: Number(seq),
    at: Number(moment),
    body: String(body),
    blobs: blobs as StoredCommit['blobs'],
  }))
}
