/**
 * Opens either database for local work: the embedded one, or a Postgres server. Both are used through
 * node-postgres, so endpoint, migrations and queries do not see the difference.
 */

import { Pool } from 'pg'
import type { Database } from './database.ts'

export interface OpenDatabaseOptions {
  /** A Postgres server; the embedded database if undefined or empty. */
  readonly url?: string | undefined
  /** The data directory of the embedded database; in memory if undefined. */
  readonly directory?: string | undefined
}

/** Opens the database. A server is not contacted yet: errors show at the first query. */
export async function openDatabase(options: OpenDatabaseOptions = {}): Promise<Database> {
  const { url = '', directory } = options
  if (url !== '') return openServer(url)
  // Loaded on demand: it takes a second or more.
  const { openEmbeddedPostgres } = await import('./embedded.ts')
  return openEmbeddedPostgres({ directory })
}

/** Whether an error was reported by Postgres, through any client: it has a SQLSTATE and a severity. */
export function isPostgresError(error: unknown): error is Error & Readonly<Record<string, unknown>> {
  return (
    error instanceof Error &&
    'severity' in error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[0-9A-Z]{5}$/.test(error.code)
  )
}

/** Whether the connection is usable after an error: Postgres refused a statement, but is still there. */
export function isConnectionSound(error: unknown): boolean {
  return isPostgresError(error) && error.severity === 'ERROR'
}

function openServer(connectionString: string): Database {
  if (!URL.canParse(connectionString)) {
    throw new Error('DATABASE_URL is not a URL: it must read postgresql://user:password@host:port/database')
  }
  const pools = new Map<string, Pool>()

  function poolFor(wanted: string): Pool {
    const url = asCallerOf(new URL(connectionString), new URL(wanted))
    const known = pools.get(url)
    if (known !== undefined) return known
    const pool = new Pool({
      connectionString: url,
      max: 8,
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 10_000,
    })
    // The pool replaces a broken connection, but without a listener its error would end the process. A
    // caller that is using it gets the error from its query.
    pool.on('error', (error) => console.error(`A database connection broke: ${error.message}`))
    pool.on('connect', (client) => client.on('error', () => {}))
    pools.set(url, pool)
    return pool
  }

  return {
    kind: 'server',
    connectionString,
    async use(work, as = connectionString) {
      const client = await poolFor(as).connect()
      try {
        const result = await work(client)
        client.release()
        return result
      } catch (error) {
        client.release(!isConnectionSound(error))
        throw error
      }
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.end()))
    },
  }
}

/** The server's URL with the caller's user, password and database. Host and parameters stay the server's. */
function asCallerOf(server: URL, caller: URL): string {
  const url = new URL(server)
  url.username = caller.username
  url.password = caller.password
  url.pathname = caller.pathname
  return url.href
}
