/**
 * The seam between SQL and the drivers: statements are built here, as text and parameters, and a driver runs a list of them
 * in one transaction. So every store shares the same SQL, and a driver is some forty lines.
 */

import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/pg-proxy'

/** One SQL text with `$1`, `$2` … and what they stand for. */
export interface Statement {
  readonly sql: string
  readonly params: readonly unknown[]
}

/** The rows of one statement by the names of their columns: int8 as text, jsonb parsed. */
export type Rows = readonly Readonly<Record<string, unknown>>[]

/**
 * Runs statements, in this order, in one transaction and answers the rows of each. Reads see one snapshot and cannot
 * write. Throws StoreError, and then nothing of it is stored. Nothing outlives a call: no timer, no connection.
 */
export type Transact = (
  access: 'read' | 'write',
  statements: readonly Statement[],
) => Promise<readonly Rows[]>

/**
 * What begins every transaction: whatever waits for a lock, or runs for long, ends by itself before the caller gives up on it, so that
 * a locked row does not eat up the server's connections. @param timeoutMs after which the caller gives up
 */
export function endsInTime(timeoutMs: number): Statement {
  const ms = `${Math.max(1, Math.floor(timeoutMs * 0.8))}ms`
  return {
    sql: "select set_config('lock_timeout', $1, true), set_config('statement_timeout', $1, true)",
    params: [ms],
  }
}

/** Drizzle without a database behind it. */
export const build = drizzle(() => Promise.reject(new Error('statements are built here, and run by a store')))

/**
 * True, always. Hyperdrive answers reads from a cache that may be a minute old, unless they call a function that is not
 * immutable; and a room that came back as it was a minute ago would lose that minute.
 */
export const fresh = sql`now() is not null`
