/** A new database on the Postgres server of TEST_DATABASE_URL, whose user may create databases. */

import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { migrate } from '../../dev/migrate.ts'
import { startNeonEndpoint } from '../../dev/postgres/neon-endpoint.ts'
import { openDatabase } from '../../dev/postgres/open.ts'
import type { TestDatabase } from '../support/servers/postgres.ts'

/** The server's URL; empty if there is none. */
export const serverUrl = process.env.TEST_DATABASE_URL ?? ''

/** Creates a migrated database behind an endpoint. `close` drops it. */
export async function startServerDatabase(): Promise<TestDatabase> {
  const name = `edgeroom_test_${randomBytes(6).toString('hex')}`
  await asOwner(`create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const database = await openDatabase({ url: url.href })
  await migrate(database)
  const endpoint = await startNeonEndpoint(database)
  return {
    connectionString: database.connectionString,
    endpoint: endpoint.url,
    async query<Row extends object>(sql: string, params: readonly unknown[] = []) {
      return (await database.use((client) => client.query(sql, [...params]))).rows as Row[]
    },
    async close() {
      await endpoint.close()
      await database.close()
      await asOwner(`drop database ${name} with (force)`)
    },
  }
}

async function asOwner(sql: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
