/**
 * An in-memory Postgres behind an endpoint, for scripts that start their own stack. It can be made
 * unreachable and comes back with its data.
 */

import { openMigrated } from './migrated.ts'
import { startNeonEndpoint } from './neon-endpoint.ts'

export interface LocalDatabase {
  /** The settings the Worker needs. */
  readonly vars: { readonly DATABASE_URL: string; readonly NEON_ENDPOINT: string }
  /**
   * Called when a request arrives, and again after the database has answered
   * but before the response is sent.
   */
  onRequest: () => void
  query<Row extends object>(sql: string, params: readonly unknown[]): Promise<Row[]>
  goAway(): Promise<void>
  comeBack(): Promise<void>
  close(): Promise<void>
}

export async function startLocalDatabase(): Promise<LocalDatabase> {
  const database = await openMigrated()
  const watched: typeof database = {
    ...database,
    async use(work) {
      local.onRequest()
      const result = await database.use(work)
      local.onRequest()
      return result
    },
  }
  let endpoint = await startNeonEndpoint(watched)
  const { port } = endpoint
  const local: LocalDatabase = {
    vars: { DATABASE_URL: database.connectionString, NEON_ENDPOINT: endpoint.url },
    onRequest: () => {},
    query: async <Row extends object>(sql: string, params: readonly unknown[]) =>
      (await database.use((client) => client.query(sql, [...params]))).rows as Row[],
    goAway: () => endpoint.close(),
    async comeBack() {
      endpoint = await startNeonEndpoint(watched, { port })
    },
    async close() {
      await endpoint.close()
      await database.close()
    },
  }
  return local
}
