/** A Postgres in memory behind an endpoint, for scripts that start a stack of their own. It can go away and come back with its data. */

import { migrate } from '../migrate.ts'
import { openEmbeddedPostgres } from './embedded.ts'
import { startNeonEndpoint } from './neon-endpoint.ts'

export interface LocalDatabase {
  /** What the Worker has to be told. */
  readonly vars: { readonly DATABASE_URL: string; readonly NEON_ENDPOINT: string }
  /** Is called when a request has come, and again when it was answered by the database and the answer is not yet sent. */
  onRequest: () => void
  query<Row extends object>(sql: string, params: readonly unknown[]): Promise<Row[]>
  goAway(): Promise<void>
  comeBack(): Promise<void>
  close(): Promise<void>
}

/** Sets one up; takes some seconds. */
export async function startLocalDatabase(): Promise<LocalDatabase> {
  const database = await openEmbeddedPostgres({})
  await migrate(database)
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
