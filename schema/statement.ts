/**
 * The interface between SQL and the drivers: statements are built here, as text and parameters, and a driver
 * runs a list of them in one transaction. All stores share the same SQL, and a driver is some forty lines.
 */

import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/pg-proxy'

/** SQL text with `$1`, `$2` … and their values. */
export interface Statement {
  readonly sql: string
  readonly params: readonly unknown[]
}

/** The rows of one statement, by column name: int8 as text, jsonb parsed. */
export type Rows = readonly Readonly<Record<string, unknown>>[]

/**
 * Runs statements in order in one transaction and returns the rows of each. Reads see one snapshot and
 * cannot write. Throws StoreError, in which case nothing is stored. Nothing outlives a call: no timer, no
 * connection.
 */
export type Transact = (
  access: 'read' | 'write',
  statements: readonly Statement[],
) => Promise<readonly Rows[]>

/**
 * The first statement of every transaction: makes lock waits and long statements fail on their own before
 * the caller gives up, so that a locked row cannot use up the server's connections.
 * @param timeoutMs after which the caller gives up
 */
export function endsInTime(timeoutMs: number): Statement {
  const ms = `${Math.max(1, Math.floor(timeoutMs * 0.8))}ms`
  return {
    sql: "select set_config('lock_timeout', $1, true), set_config('statement_timeout', $1, true)",
    params: [ms],
  }
}

/** Drizzle without a database. */
export const build = drizzle(() =>
  Promise.reject(new Error('statements are only built here; a store runs them')),
)

/**
 * Always true. Hyperdrive may answer reads from a cache that is up to a minute old, unless they call a
 * function that is not immutable; a room restored from such an answer would lose that minute.
 */
export const fresh = sql`now() is not null`
