/**
 * The journal's tables, as an append-only list of steps. A step must never be edited once it was applied
 * anywhere: an object that finds a changed step refuses to start, rather than run on tables that differ from
 * what the code expects.
 */
import { checksumOf } from '../../core/text/checksum.ts'
import type { PagedChange } from '../../schema/store.ts'
import type { Sql } from './sql.ts'

export interface JournalStep {
  readonly name: string
  readonly statements: readonly string[]
}

/** Whether a commit contains a change of a type; must match the indexes below word for word. */
export const HAS_CHANGE = {
  chat: `instr(body, '"type":"chat"') > 0`,
  remove: `instr(body, '"type":"remove"') > 0`,
} as const satisfies Record<PagedChange, string>

export const JOURNAL_STEPS: readonly JournalStep[] = [
  {
    name: 'the log, its checkpoint and the clients',
    statements: [
      // Single values: the room's name, epoch and creation, the seqs of checkpoint and flush.
      'CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID',
      // The log: one row per commit, its JSON as it was broadcast.
      'CREATE TABLE commits (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL)',
      // Content too large for a commit, in chunks that fit a row. (seq, number) is the blob's id.
      `CREATE TABLE blobs (seq INTEGER NOT NULL, number INTEGER NOT NULL, part INTEGER NOT NULL, body TEXT NOT NULL,
         PRIMARY KEY (seq, number, part)) WITHOUT ROWID`,
      // The checkpoint: files and texts as of meta.checkpoint. Texts are separate, so that the list loads
      // without them.
      'CREATE TABLE files (file TEXT PRIMARY KEY, path TEXT NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL)',
      'CREATE TABLE texts (file TEXT NOT NULL, part INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (file, part)) WITHOUT ROWID',
      // The last submission of each client, as of meta.checkpoint.
      'CREATE TABLE clients (client TEXT PRIMARY KEY, user TEXT NOT NULL, n INTEGER NOT NULL, seq INTEGER NOT NULL)',
    ],
  },
  {
    name: 'files that Postgres refuses',
    statements: ['CREATE TABLE refused (file TEXT PRIMARY KEY, message TEXT NOT NULL)'],
  },
  {
    name: 'reports of desyncs',
    statements: [
      // In chunks that fit a row. Each has its size beside it, so that sizes are summed without reading
      // bodies.
      `CREATE TABLE desyncs (id INTEGER NOT NULL, part INTEGER NOT NULL, user TEXT NOT NULL, units INTEGER NOT NULL,
         body TEXT NOT NULL, PRIMARY KEY (id, part)) WITHOUT ROWID`,
    ],
  },
  {
    name: 'index of chat messages',
    statements: [
      // Only commits with a chat message: this string cannot occur elsewhere in a commit's JSON. Other
      // commits cost no extra row.
      `CREATE INDEX commits_chat ON commits (seq) WHERE instr(body, '"type":"chat"') > 0`,
    ],
  },
  {
    name: 'index of removals',
    statements: [`CREATE INDEX commits_remove ON commits (seq) WHERE instr(body, '"type":"remove"') > 0`],
  },
  {
    name: 'sizes of texts',
    statements: [
      // UTF-8 bytes of each text, including one that is not here, so that the room's total is known without
      // reading texts.
      'ALTER TABLE files ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0',
      `UPDATE files SET bytes = coalesce(
         (SELECT sum(octet_length(body)) FROM texts WHERE texts.file = files.file), 0)`,
    ],
  },
  {
    name: 'which writer Postgres has',
    statements: [
      // The revision of the text in Postgres, if it is not here: an older one is not accepted.
      'ALTER TABLE files ADD COLUMN stored INTEGER NOT NULL DEFAULT 0',
      'UPDATE files SET stored = revision',
      // A room from before writers existed takes over the row that it has written so far.
      "INSERT INTO meta (key, value) SELECT 'takes', json_object('epoch', value, 'writer', NULL) FROM meta WHERE key = 'epoch'",
      "INSERT INTO meta (key, value) SELECT 'writer', lower(hex(randomblob(16))) FROM meta WHERE key = 'epoch'",
    ],
  },
  {
    name: 'files and clients without an index beside the table',
    statements: [
      // Each of their rows was billed twice.
      `CREATE TABLE new_files (file TEXT PRIMARY KEY, path TEXT NOT NULL, revision INTEGER NOT NULL,
         created INTEGER NOT NULL, bytes INTEGER NOT NULL, stored INTEGER NOT NULL) WITHOUT ROWID`,
      'INSERT INTO new_files SELECT file, path, revision, created, bytes, stored FROM files',
      'DROP TABLE files',
      'ALTER TABLE new_files RENAME TO files',
      `CREATE TABLE new_clients (client TEXT PRIMARY KEY, user TEXT NOT NULL, n INTEGER NOT NULL,
         seq INTEGER NOT NULL) WITHOUT ROWID`,
      'INSERT INTO new_clients SELECT client, user, n, seq FROM clients',
      'DROP TABLE clients',
      'ALTER TABLE new_clients RENAME TO clients',
    ],
  },
  {
    name: 'outlines of large texts',
    // Null for a text that is read as a whole: a small one, or one that older code wrote.
    statements: ['ALTER TABLE files ADD COLUMN outline TEXT'],
  },
]

/** Whether the tables exist. */
export function hasJournal(sql: Sql): boolean {
  return (
    sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'steps'").toArray().length > 0
  )
}

/** Checksum of each step, computed once for all rooms of an isolate: every room that wakes compares them. */
const sums = new WeakMap<JournalStep, number>()

function sumOf(step: JournalStep): number {
  const sum = sums.get(step) ?? checksumOf(step.statements.join(';'))
  sums.set(step, sum)
  return sum
}

/**
 * Brings the tables up to date.
 * @throws Error if an applied step differs from the one in `steps`
 */
export function migrateJournal(sql: Sql, steps: readonly JournalStep[] = JOURNAL_STEPS): void {
  if (!hasJournal(sql))
    sql.exec('CREATE TABLE steps (id INTEGER PRIMARY KEY, name TEXT NOT NULL, sum INTEGER NOT NULL)')
  const applied = sql.exec('SELECT id, name, sum FROM steps ORDER BY id').toArray()
  if (applied.length > steps.length) {
    throw new Error(
      `the journal was written by newer code: ${applied.length} steps, ${steps.length} known here`,
    )
  }
  steps.forEach((step, id) => {
    const sum = sumOf(step)
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
