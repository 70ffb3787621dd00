/**
 * Turns whatever a database driver throws into a StoreError, by what to do about it. Pure: looks at the error's
 * fields alone. Invariant: what comes out never carries the connection string, the SQL or the values of a row, since
 * it ends up in logs; so the driver's error is not kept as a cause either. Its message may be told to anybody in the
 * room, so that does not name parts of the schema.
 */

import { StoreError, type StoreErrorKind } from './store.ts'

/** Five characters, one of them a digit at least: a socket's errors have codes like EPIPE. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/

/** Classes of SQLSTATE that pass by themselves: connection, rollback, resources, operator, system, internal. */
const TRANSIENT_CLASSES = new Set(['08', '40', '53', '57', '58', 'XX'])

/** Single codes that pass: read-only after a failover or a full quota, an object in use, a lock not granted. */
const TRANSIENT_CODES = new Set(['25006', '55006', '55P03'])

/**
 * Codes that say the setup is wrong, not the data: no such database or schema, permission denied, a table or column
 * missing because migrations were not applied. The same data are taken once somebody mends it.
 */
const SETUP_CODES = new Set(['3D000', '3F000', '42501', '42P01', '42703'])

/** A table or a column that is not there. */
const MISSING_TABLES = new Set(['42P01', '42703'])

/** What Neon's proxy says, without a SQLSTATE, when it cannot let the caller in. */
const PROXY_REFUSES_LOGIN =
  /password authentication failed|authentication|no such (role|database|project|endpoint)|(role|database|project|endpoint)\b.*(does not exist|not found|could not be found)/i

/** Statuses below 500 after which the same request may work. */
const TRANSIENT_STATUSES = new Set([408, 409, 423, 425, 429])

/** Fields the driver copies from the database's answer. */
interface DriverError {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly table?: unknown
  readonly constraint?: unknown
  readonly sourceError?: unknown
}

/**
 * The StoreError for anything a call of the driver threw. A StoreError is handed back as it is; what cannot be
 * recognised is `unavailable`, so that nothing is given up that might still be stored.
 */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const thrown: DriverError = typeof error === 'object' && error !== null ? error : { message: error }
  const sqlstate = typeof thrown.code === 'string' && SQLSTATE.test(thrown.code) ? thrown.code : undefined
  if (sqlstate !== undefined) {
    const kind = kindOfSqlstate(sqlstate)
    return new StoreError(kind, describe(kind, sqlstate), { sqlstate, where: whereOf(thrown) })
  }
  const message = typeof thrown.message === 'string' ? thrown.message : ''
  const status = /^Server error \(HTTP status (\d{3})\)/.exec(message)?.[1]
  if (status !== undefined) {
    return new StoreError(kindOfStatus(Number(status)), `the database's endpoint answered HTTP ${status}`)
  }
  if (
    thrown.name === 'NeonDbError' &&
    thrown.sourceError === undefined &&
    PROXY_REFUSES_LOGIN.test(message)
  ) {
    return new StoreError('credentials', "the database's endpoint refused the login")
  }
  if (message.startsWith('SASL: ')) {
    return new StoreError('credentials', 'the password in the connection string is missing or not usable')
  }
  return new StoreError('unavailable', 'the database could not be reached or broke off its answer')
}

/** What to do about a SQLSTATE: a code of five characters, of which the first two are its class. */
export function kindOfSqlstate(sqlstate: string): StoreErrorKind {
  if (sqlstate.startsWith('28') || SETUP_CODES.has(sqlstate)) return 'credentials'
  if (TRANSIENT_CODES.has(sqlstate) || TRANSIENT_CLASSES.has(sqlstate.slice(0, 2))) return 'unavailable'
  return 'refused'
}

function kindOfStatus(status: number): StoreErrorKind {
  if (status === 413) return 'refused'
  if (status >= 500 || TRANSIENT_STATUSES.has(status)) return 'unavailable'
  return 'credentials'
}

/** The database's own sentence may quote data and stays out. */
function describe(kind: StoreErrorKind, sqlstate: string): string {
  if (MISSING_TABLES.has(sqlstate))
    return `the database lacks a table or a column: its migrations are older than this deployment, apply them with npm run db:migrate (SQLSTATE ${sqlstate})`
  const what =
    kind === 'credentials'
      ? 'the database does not let us work'
      : kind === 'unavailable'
        ? 'the database cannot answer now'
        : 'the database refuses the data'
  return `${what} (SQLSTATE ${sqlstate})`
}

/** Names of tables and constraints are the schema's own. */
function whereOf({ table, constraint }: DriverError): string | undefined {
  const parts = [
    typeof table === 'string' && table !== '' ? `table ${table}` : '',
    typeof constraint === 'string' && constraint !== '' ? `constraint ${constraint}` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? undefined : parts.join(', ')
}
