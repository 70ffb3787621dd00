/**
 * The part of a Durable Object's SQLite that the journal uses, as an interface: the object passes in
 * `ctx.storage.sql`, tests and simulators any synchronous SQLite. Everything is synchronous, so that no
 * await can come between a commit's row and its broadcast.
 */
export type SqlValue = string | number | null

export type SqlRow = Record<string, SqlValue>

export interface Sql {
  /** Runs one statement and returns all of its rows. */
  exec(statement: string, ...bindings: SqlValue[]): { toArray(): SqlRow[] }
}
