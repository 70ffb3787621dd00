/**
 * The journal's tables, as a list that only grows. A step that was applied once may never be edited: an object that
 * finds one changed refuses to start, rather than run on tables that are not what the code believes.
 */
import { checksumOf } from '../../core/text/checksum.ts'
import type { PagedChange } from '../../schema/store.ts'
import type { Sql } from './sql.ts'

export interface JournalStep {
  readonly name: string
  readonly statements: readonly string[]
}

/** Whether a commit has a change of a type in it: as the indexes below have it, word for word. */
export const HAS_CHANGE = {
  chat: `instr(body, '"type":"chat"') > 0`,
  remove: `instr(body, '"type":"remove"') > 0`,
} as const satisfies Record<PagedChange, string>

export const JOURNAL_STEPS: readonly JournalStep[] = [
  {
    name: 'the log, its checkpoint and the clients',
    statements: [
      // Few single values: the room's name, epoch, creation, and the seqs of checkpoint and flush.
      'CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID',
      // The log: one row a commit, its JSON as it was broadcast.
      'CREATE TABLE commits (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL)',
      // Content too large for a commit, in parts that fit a row. (seq, number) is the blob's id.
      `CREATE TABLE blobs (seq INTEGER NOT NULL, number INTEGER NOT NULL, part INTEGER NOT NULL, body TEXT NOT NULL,
         PRIMARY KEY (seq, number, part)) WITHOUT ROWID`,
      // The checkpoint: files and texts as of meta.checkpoint. Texts apart, so that the list loads without them.
      'CREATE TABLE files (file TEXT PRIMARY KEY, path TEXT NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL)',
      'CREATE TABLE texts (file TEXT NOT NULL, part INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (file, part)) WITHOUT ROWID',
      // The last submission of each client, as of meta.checkpoint.
      'CREATE TABLE clients (client TEXT PRIMARY KEY, user TEXT NOT NULL, n INTEGER NOT NULL, seq INTEGER NOT NULL)',
    ],
  },
  {
    name: 'files that the lasting copy refuses',
    statements: ['CREATE TABLE refused (file TEXT PRIMARY KEY, message TEXT NOT NULL)'],
  },
  {
    name: 'reports of desyncs',
    statements: [
      // In parts that fit a row. The size of each stands before it, so that adding up reads no body.
      `CREATE TABLE desyncs (id INTEGER NOT NULL, part INTEGER NOT NULL, user TEXT NOT NULL, units INTEGER NOT NULL,
         body TEXT NOT NULL, PRIMARY KEY (id, part)) WITHOUT ROWID`,
    ],
  },
  {
    name: 'the pages of the chat',
    statements: [
      // Of commits in which something was said: in JSON these characters stand nowhere else. No other commit costs a row more.
      `CREATE INDEX commits_chat ON commits (seq) WHERE instr(body, '"type":"chat"') > 0`,
    ],
  },
  {
    name: 'the pages of what was removed',
    statements: [`CREATE INDEX commits_remove ON commits (seq) WHERE instr(body, '"type":"remove"') > 0`],
  },
  {
    name: 'how large texts are',
    statements: [
      // UTF-8 bytes of each text, also of one that is not here, so that what a room has in all is known without reading it.
      'ALTER TABLE files ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0',
      `UPDATE files SET bytes = coalesce(
         (SELECT sum(octet_length(body)) FROM texts WHERE texts.file = files.file), 0)`,
    ],
  },
  {
    name: 'whose the lasting copy is',
    statements: [
      // The revision of the text that the lasting copy has, where it is not here: an older one is not taken.
      'ALTER TABLE files ADD COLUMN stored INTEGER NOT NULL DEFAULT 0',
      'UPDATE files SET stored = revision',
      // A room from before there were writers takes over the row that it has written so far.
      "INSERT INTO meta (key, value) SELECT 'takes', json_object('epoch', value, 'writer', NULL) FROM meta WHERE key = 'epoch'",
      "INSERT INTO meta (key, value) SELECT 'writer', lower(hex(randomblob(16))) FROM meta WHERE key = 'epoch'",
    ],
  },
]

/** Whether there are tables at all. */
export function hasJournal(sql: Sql): boolean {
  return (
    sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'steps'").toArray().length > 0
  )
}

/**
 * Brings the tables up to date.
 * @throws Error when a step that was applied is not the one that stands in `steps`
 */
export function migrateJournal(sql: Sql, steps: readonly JournalStep[] = JOURNAL_STEPS): void {
  sql.exec(
    'CREATE TABLE IF NOT EXISTS steps (id INTEGER PRIMARY KEY, name TEXT NOT NULL, sum INTEGER NOT NULL)',
  )
  const applied = sql.exec('SELECT id, name, sum FROM steps ORDER BY id').toArray()
  if (applied.length > steps.length) {
    throw new Error(
      `the journal was written by newer code: ${applied.length} steps, ${steps.length} known here`,
    )
  }
  steps.forEach((step, id) => {
    const sum = checksumOf(step.statements.join(';'))
    const row = applied[id]
    if (row === undefined) {
      for (const statement of step.statements) sql.exec(statement)
      sql.exec('INSERT INTO steps (id, name, sum) VALUES (?, ?, ?)', id, step.name, sum)
    } else if (row.sum !== sum) {
      throw new Error(
        `journal step ${id} (${step.name}) was edited after it had been applied; append a new step instead`,
      )
    }
  })
}
