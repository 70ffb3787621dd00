/** Node's own SQLite in the shape that the journal takes. */
import { DatabaseSync } from 'node:sqlite'
import type { Sql, SqlRow, SqlValue } from '../../durable-objects/sql.ts'

export function openSqlite(): Sql {
  const database = new DatabaseSync(':memory:')
  return {
    exec(statement: string, ...bindings: SqlValue[]) {
      const rows = database.prepare(statement).all(...bindings) as SqlRow[]
      return { toArray: () => rows }
    },
  }
}
