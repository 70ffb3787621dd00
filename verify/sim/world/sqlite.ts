/**
 * Node's own SQLite in the shape that the journal takes, with the limits of the platform's: the local runtime has none of them,
 * so whoever tests the journal does it here or is told by production alone.
 */
import { DatabaseSync } from 'node:sqlite'
import type { Sql, SqlRow, SqlValue } from '../../../durable-objects/journal/sql.ts'

/** "2 MB", read as the smaller of the two that it may mean. */
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

/** @throws Error as the platform does, where a statement, a value or the row that the values make is larger than it takes */
export function refuseTooLarge(statement: string, bindings: readonly SqlValue[]): void {
  let bytes = 0
  for (const value of bindings) bytes += typeof value === 'string' ? Buffer.byteLength(value) : 8
  if (bytes > ROW_BYTES) throw new Error('string or blob too big: SQLITE_TOOBIG')
  if (Buffer.byteLength(statement) > STATEMENT_BYTES) throw new Error('statement too long: SQLITE_TOOBIG')
  if (bindings.length > BINDINGS) throw new Error('too many SQL variables: SQLITE_ERROR')
}
