/**
 * The lasting copy of every room as four Postgres tables. They are meant to be read by people too: a file is one
 * row with its path and its whole text, so `select path, revision, length(text), updated_at from files` just works.
 * Rows are written by the store alone, one transaction per flush; nothing here knows ops or checksums, or what a policy says.
 *
 * Which index serves which query (a test asks Postgres for its plans):
 * - `rooms_pkey (room)`: the fence of every flush, and the row of one room.
 * - `files_pkey (room, file)`: the list of a room, some of its texts, and what a flush puts, changes or removes.
 * - `files_room_path (room, path)`: one file by its path, as people and the REST routes ask for it. It is not unique,
 *   since two files may swap their paths within one flush; the room itself keeps paths apart.
 * - `commits_pkey (room, seq)`: the archive of a room from one seq to another, in order.
 * - `commits_chat (room, seq)`, of commits in which something was said: the pages of the chat.
 * - `commits_remove (room, seq)`, of commits that removed a file: the pages of what was removed.
 * - `clients_pkey (room, client)`: the last submission of each client (load, upsert).
 */

import { type SQL, sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'
import type { PagedChange } from './store.ts'

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

export const rooms = pgTable('rooms', {
  room: text('room').primaryKey(),
  epoch: text('epoch').notNull(),
  /** The commit up to which everything below is stored: the fence against older flushes. */
  seq: bigint('seq', { mode: 'number' }).notNull(),
  /** Who may do what: owner, mode, access, members, and who was removed. The room alone decides by it. */
  policy: jsonb('policy').$type<object>(),
  /** The life of an object that writes this row; null from before there were any. Another one's flush is a conflict. */
  writer: text('writer'),
  /** Parts of a flush that are stored above `seq`; 0 where none is under way. */
  parts: integer('parts').notNull().default(0),
  /** Those who wrote it before, the last one last. */
  lineage: jsonb('lineage').$type<readonly string[]>(),
  /** Runs of commits that are nowhere any more, as [after, upTo]: after < seq <= upTo. */
  gaps: jsonb('gaps').$type<readonly (readonly [number, number])[]>(),
  /** Files of the room that are not stored as they are at `seq`: refused here, or lost. */
  setAside: integer('set_aside').notNull().default(0),
  createdAt: moment('created_at').notNull(),
  /** When a flush last brought something new. */
  updatedAt: moment('updated_at').notNull().defaultNow(),
  /** When a flush last arrived, new or repeated. */
  lastSyncedAt: moment('last_synced_at').notNull().defaultNow(),
})

const roomOf = () =>
  text('room')
    .notNull()
    .references(() => rooms.room, { onDelete: 'cascade' })

export const files = pgTable(
  'files',
  {
    room: roomOf(),
    file: text('file').notNull(),
    path: text('path').notNull(),
    text: text('text').notNull(),
    revision: bigint('revision', { mode: 'number' }).notNull(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (files) => [
    primaryKey({ name: 'files_pkey', columns: [files.room, files.file] }),
    index('files_room_path').on(files.room, files.path),
  ],
)

/**
 * Whether a commit has a change of a type in it. In JSON these characters, quotes and all, stand nowhere but where the type of a change
 * stands. As the indexes have it, word for word: Postgres uses them for no other condition.
 */
export const hasChange = {
  chat: (body: AnyPgColumn): SQL => sql`position('"type":"chat"' in ${body}) > 0`,
  remove: (body: AnyPgColumn): SQL => sql`position('"type":"remove"' in ${body}) > 0`,
} satisfies Record<PagedChange, (body: AnyPgColumn) => SQL>

export const commits = pgTable(
  'commits',
  {
    room: roomOf(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    at: moment('at').notNull(),
    /** The commit's JSON exactly as it was broadcast; text, so that not a byte of it changes. */
    body: text('body').notNull(),
    /** Large texts the commit names, by name. */
    blobs: jsonb('blobs').$type<Readonly<Record<string, string>>>(),
  },
  (commits) => [
    primaryKey({ name: 'commits_pkey', columns: [commits.room, commits.seq] }),
    index('commits_chat').on(commits.room, commits.seq).where(hasChange.chat(commits.body)),
    index('commits_remove').on(commits.room, commits.seq).where(hasChange.remove(commits.body)),
  ],
)

export const clients = pgTable(
  'clients',
  {
    room: roomOf(),
    client: text('client').notNull(),
    user: text('user_id').notNull(),
    n: bigint('n', { mode: 'number' }).notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    /** When it last submitted something, as far as flushes tell: the oldest may be pruned. */
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (clients) => [primaryKey({ name: 'clients_pkey', columns: [clients.room, clients.client] })],
)
