/**
 * Turns whatever a database driver throws into a StoreError, by what to do about it. Pure: looks only at the
 * error's fields. Invariant: the result never contains the connection string, SQL or values of a row, since
 * it ends up in logs; the driver's error is therefore not kept as its cause either. Its message may be shown
 * to anybody in the room, so it does not name parts of the schema.
 */

import { StoreError, type StoreErrorKind } from './store.ts'

/** Five characters with at least one digit: socket errors have codes like EPIPE. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/

/** SQLSTATE classes of transient errors: connection, rollback, resources, operator, system, internal. */
const TRANSIENT_CLASSES = new Set(['08', '40', '53', '57', '58', 'XX'])

/**
 * Single codes of transient errors: read-only after a failover or a full quota, object in use, lock not
 * granted.
 */
const TRANSIENT_CODES = new Set(['25006', '55006', '55P03'])

/**
 * Codes for a wrong setup rather than wrong data: no such database or schema, permission denied, a table or
 * column missing because migrations were not applied. The same data are accepted once the setup is fixed.
 */
const SETUP_CODES = new Set(['3D000', '3F000', '42501', '42P01', '42703'])

/** A table or column does not exist. */
const MISSING_TABLES = new Set(['42P01', '42703'])

/** Messages without a SQLSTATE by which Neon's proxy rejects a login. */
const PROXY_REFUSES_LOGIN =
  /password authentication failed|authentication|no such (role|database|project|endpoint)|(role|database|project|endpoint)\b.*(does not exist|not found|could not be found)/i

/** Statuses below 500 after which the same request may succeed. */
const TRANSIENT_STATUSES = new Set([408, 409, 423, 425, 429])

/** Fields that the driver copies from the database's error. */
interface DriverError {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly table?: unknown
  readonly constraint?: unknown
  readonly sourceError?: unknown
}

/**
 * The StoreError for anything a driver call threw. A StoreError is returned unchanged. Anything unknown is
 * `unavailable`, so that nothing is given up that might still be stored.
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
    return new StoreError('credentials', 'the password in the connection string is missing or invalid')
  }
  return new StoreError('unavailable', 'the database could not be reached or did not finish its answer')
}

/** What to do about a SQLSTATE: five characters, the first two being its class. */
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

/** The database's own message may quote data, so it is not included. */
function describe(kind: StoreErrorKind, sqlstate: string): string {
  if (MISSING_TABLES.has(sqlstate))
    return `the database lacks a table or a column: its migrations are older than this deployment, apply them with npm run db:migrate (SQLSTATE ${sqlstate})`
  const what =
    kind === 'credentials'
      ? 'the database denies access'
      : kind === 'unavailable'
        ? 'the database cannot answer now'
        : 'the database refuses the data'
  return `${what} (SQLSTATE ${sqlstate})`
}

/** Table and constraint names come from the schema, not from data. */
function whereOf({ table, constraint }: DriverError): string | undefined {
  const parts = [
    typeof table === 'string' && table !== '' ? `table ${table}` : '',
    typeof constraint === 'string' && constraint !== '' ? `constraint ${constraint}` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? undefined : parts.join(', ')
}
