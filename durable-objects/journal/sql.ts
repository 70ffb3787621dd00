/**
 * The part of a Durable Object's SQLite that the journal uses, as a structure: the object hands in `ctx.storage.sql`,
 * tests and simulators hand in any synchronous SQLite. Everything is synchronous, so that no await can come between
 * a commit's row and its broadcast.
 */
export type SqlValue = string | number | null

export type SqlRow = Record<string, SqlValue>

export interface Sql {
  /** Runs one statement and answers its rows; all of them are there when it returns. */
  exec(statement: string, ...bindings: SqlValue[]): { toArray(): SqlRow[] }
}
