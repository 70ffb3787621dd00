/**
 * The rooms as four Postgres tables. They are also meant for people: a file is one row with its path and its
 * whole text, so `select path, revision, length(text), updated_at from files` just works. Only the store
 * writes rows, in one transaction per flush; nothing here knows ops, checksums, or what a policy means.
 *
 * Which index serves which query (a test checks Postgres's plans):
 * - `rooms_pkey (room)`: the fence of every flush, and the row of one room.
 * - `files_pkey (room, file)`: the files of a room, some of its texts, and what a flush inserts, updates or
 *   deletes.
 * - `files_room_path (room, path)`: one file by its path, for people. It is not unique, since two files may
 *   swap their paths within one flush; the room itself keeps paths unique.
 * - `commits_pkey (room, seq)`: a range of a room's archive, in order.
 * - `commits_chat (room, seq)`, only commits with chat messages: the pages of the chat.
 * - `commits_remove (room, seq)`, only commits that removed a file: the pages of removed files.
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
  /** Everything up to this commit is stored: the fence against older flushes. */
  seq: bigint('seq', { mode: 'number' }).notNull(),
  /** Who may do what: owner, mode, access, members, and who was removed. Only the room interprets it. */
  policy: jsonb('policy').$type<object>(),
  /**
   * The instance of an object that writes this row; null from before writers were recorded. A flush by
   * another one is a conflict.
   */
  writer: text('writer'),
  /** Parts of a flush that are stored above `seq`; 0 if none is under way. */
  parts: integer('parts').notNull().default(0),
  /** Earlier writers, the most recent last. */
  lineage: jsonb('lineage').$type<readonly string[]>(),
  /** Runs of lost commits, as [after, upTo]: after < seq <= upTo. */
  gaps: jsonb('gaps').$type<readonly (readonly [number, number])[]>(),
  /** Number of files of the room that are not stored as of `seq`: refused here, or lost. */
  setAside: integer('set_aside').notNull().default(0),
  createdAt: moment('created_at').notNull(),
  /** When a flush last stored something new. */
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
 * Whether a commit contains a change of a type. In a commit's JSON these characters, quotes included, only
 * occur as the type of a change. Must match the indexes word for word: Postgres uses them for no other
 * condition.
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
    /** The commit's JSON exactly as broadcast; text rather than json, so that not a byte of it changes. */
    body: text('body').notNull(),
    /** Large texts that the commit refers to, by name. */
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
    /** When its last submission was flushed: the oldest may be deleted. */
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (clients) => [primaryKey({ name: 'clients_pkey', columns: [clients.room, clients.client] })],
)
