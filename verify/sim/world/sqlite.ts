/**
 * Node's own SQLite in the shape that the journal expects, with the platform's limits: the local runtime has
 * none of them, so tests of the journal find out here, or only in production.
 */
import { DatabaseSync } from 'node:sqlite'
import type { Sql, SqlRow, SqlValue } from '../../../durable-objects/journal/sql.ts'

/** "2 MB", read as the smaller of its two meanings. */
const ROW_BYTES = 2_000_000
const STATEMENT_BYTES = 100_000
const BINDINGS = 100

export function openSqlite(): Sql {
  const database = new DatabaseSync(':memory:')
  return {
    exec(statement: string, ...bindings: SqlValue[]) {
      refuseTooLarge(statement, bindings)
      const rows = database.prepare(statement).all(...bindings) as SqlRow[]
      return { toArray: () => rows }
    },
  }
}

/** @throws Error as the platform does if a statement, a value or the resulting row is too large */
export function refuseTooLarge(statement: string, bindings: readonly SqlValue[]): void {
  let bytes = 0
  for (const value of bindings) bytes += typeof value === 'string' ? Buffer.byteLength(value) : 8
  if (bytes > ROW_BYTES) throw new Error('string or blob too big: SQLITE_TOOBIG')
  if (Buffer.byteLength(statement) > STATEMENT_BYTES) throw new Error('statement too long: SQLITE_TOOBIG')
  if (bindings.length > BINDINGS) throw new Error('too many SQL variables: SQLITE_ERROR')
}
