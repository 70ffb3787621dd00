/**
 * Whether a database can store rooms: it answers, is writable, and has every migration of this code. Only
 * reads. Its messages quote neither the connection string nor any data.
 */

import journal from '../migrations/meta/_journal.json' with { type: 'json' }
import type { Rows, Statement, Transact } from '../statement.ts'
import { roomStatements } from '../statements/load.ts'
import { toStoreError } from '../store-error.ts'

/** `ok` is null if it cannot be determined; then, and if it is false, `message` says why. */
export interface PartState {
  readonly ok: boolean | null
  readonly message?: string
}

export interface DatabaseState {
  readonly database: PartState
  readonly migrations: PartState
}

const OK: PartState = { ok: true }
const MIGRATE = 'run "npm run db:migrate" with the DATABASE_URL of this deployment'

/** The newest migration of this code, Unix ms: the value that drizzle's migrator compares too. */
export const NEWEST_MIGRATION = Math.max(...journal.entries.map(({ when }) => when))

/** SQLSTATEs of a missing table, column or schema. */
const MISSING = new Set(['42P01', '42703', '3F000'])
const NO_PRIVILEGE = '42501'

/** Every privilege that a room needs, on each table. */
const ACCESS: Statement = {
  sql: `select current_setting('transaction_read_only') as read_only,
    bool_and(has_table_privilege(t, p)) as may
    from unnest(array['rooms', 'files', 'commits', 'clients']) t, unnest(array['select', 'insert', 'update', 'delete']) p`,
  params: [],
}
const MIGRATED: Statement = {
  sql: 'select max(created_at)::text as newest from drizzle.__drizzle_migrations',
  params: [],
}
/** With a name that no room can have: it only checks that the tables and columns exist. */
const TABLES = roomStatements('')

/** Checks the database, in one transaction like a flush's. Never throws. */
export async function databaseState(transact: Transact): Promise<DatabaseState> {
  try {
    return stateOf(await transact('write', [ACCESS, MIGRATED, ...TABLES]))
  } catch (error) {
    const { sqlstate, message } = toStoreError(error)
    if (sqlstate !== undefined && MISSING.has(sqlstate)) return behind('the tables are missing or old')
    return failed(
      sqlstate === NO_PRIVILEGE
        ? 'the user of DATABASE_URL may not read the tables, or drizzle.__drizzle_migrations: grant it that'
        : `${message}: check DATABASE_URL`,
    )
  }
}

function stateOf([access = [], migrated = []]: readonly Rows[]): DatabaseState {
  const newest = Number(migrated[0]?.newest ?? 0)
  const readOnly = access[0]?.read_only
  if (readOnly === 'on') return failed('the database is read-only')
  if (readOnly !== 'off' || Number.isNaN(newest))
    return failed('this is not an Edgeroom database: check DATABASE_URL and NEON_ENDPOINT')
  if (access[0]?.may !== true)
    return failed(
      'the user of DATABASE_URL may not write the tables: grant it select, insert, update and delete',
    )
  // A newer one belongs to the next version: migrations are applied before the Worker is deployed.
  if (newest < NEWEST_MIGRATION) return behind('migrations are missing')
  return { database: OK, migrations: OK }
}

function failed(message: string): DatabaseState {
  return {
    database: { ok: false, message },
    migrations: { ok: null, message: 'not known while the database is not ready' },
  }
}

function behind(what: string): DatabaseState {
  return { database: OK, migrations: { ok: false, message: `${what}: ${MIGRATE}` } }
}
