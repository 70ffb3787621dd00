/**
 * A separate database per test file: Postgres in memory, migrated, behind an endpoint on a free port that
 * speaks the Neon driver's protocol. Nothing is shared, so `close` is the only cleanup.
 */

import { openMigrated } from '../../../dev/postgres/migrated.ts'
import { startNeonEndpoint } from '../../../dev/postgres/neon-endpoint.ts'

export interface TestDatabase {
  /** For `neonStore`, or the Worker's DATABASE_URL. */
  readonly connectionString: string
  /** The endpoint for `neonStore`, or the Worker's NEON_ENDPOINT. */
  readonly endpoint: string
  /** Queries the database without the endpoint. Integers beyond 32 bits are returned as strings. */
  query<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>
  close(): Promise<void>
}

export interface EmbeddedTestDatabase extends TestDatabase {
  /** Stops the endpoint; the data stay, and `query` still works. */
  goAway(): Promise<void>
  /** Starts the endpoint again, at the same address. */
  comeBack(): Promise<void>
}

/** Takes a few seconds the first time, and half a second as long as the migrations stay the same. */
export async function startTestDatabase(): Promise<EmbeddedTestDatabase> {
  const database = await openMigrated()
  let endpoint = await startNeonEndpoint(database)
  const { url, port } = endpoint
  return {
    connectionString: database.connectionString,
    endpoint: url,
    async query<Row extends object>(sql: string, params: readonly unknown[] = []) {
      return (await database.use((client) => client.query(sql, [...params]))).rows as Row[]
    },
    goAway: () => endpoint.close(),
    async comeBack() {
      endpoint = await startNeonEndpoint(database, { port })
    },
    async close() {
      await endpoint.close()
      await database.close()
    },
  }
}
