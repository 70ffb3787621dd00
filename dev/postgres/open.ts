/**
 * One view of the two databases local work may use: the embedded one, and a Postgres server somebody else runs.
 * Both are reached through node-postgres, so what stands above (endpoint, migrations, queries) knows no difference.
 */

import { Pool } from 'pg'
import type { Database } from './database.ts'

export interface OpenDatabaseOptions {
  /** A Postgres server; the embedded database where it is undefined or empty. */
  readonly url?: string | undefined
  /** Where the embedded database keeps its data; in memory where it is undefined. */
  readonly directory?: string | undefined
}

/** Opens the database. A server is not asked anything yet: what is wrong with it shows at the first query. */
export async function openDatabase(options: OpenDatabaseOptions = {}): Promise<Database> {
  const { url = '', directory } = options
  if (url !== '') return openServer(url)
  // Loaded where it is wanted: it takes a second or more.
  const { openEmbeddedPostgres } = await import('./embedded.ts')
  return openEmbeddedPostgres({ directory })
}

/** Whether an error is what Postgres reported, by any of its clients: it has a SQLSTATE and a severity. */
export function isPostgresError(error: unknown): error is Error & Readonly<Record<string, unknown>> {
  return (
    error instanceof Error &&
    'severity' in error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[0-9A-Z]{5}$/.test(error.code)
  )
}

/** Whether the connection may be used on after an error: Postgres refused a statement, and is still there. */
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
    // A connection that breaks is replaced by the pool; without a listener it would end the process. Whoever uses it
    // meanwhile hears of it by the failure of the query.
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

/** The server's URL with the user, password and database of the caller's. Host and settings stay the server's. */
function asCallerOf(server: URL, caller: URL): string {
  const url = new URL(server)
  url.username = caller.username
  url.password = caller.password
  url.pathname = caller.pathname
  return url.href
}
