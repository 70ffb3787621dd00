/**
 * A separate database per test file: Postgres in memory, migrated, behind an endpoint on a free port that
 * speaks the Neon driver's protocol. Nothing is shared, so `close` is the only cleanup.
 */

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate, migrationsFolder } from '../../dev/migrate.ts'
import { type EmbeddedDatabase, openEmbeddedPostgres } from '../../dev/postgres/embedded.ts'
import { startNeonEndpoint } from '../../dev/postgres/neon-endpoint.ts'

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

/** Setting up Postgres takes most of the time, so a migrated data directory is cached as a file. */
async function openMigrated(): Promise<EmbeddedDatabase> {
  const path = await imagePath()
  const image = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (image !== undefined) return openEmbeddedPostgres({ image: new Blob([image]) })
  const database = await openEmbeddedPostgres({})
  await migrate(database)
  await mkdir(dirname(path), { recursive: true })
  // Written to a temporary file and renamed, so that other test files never read half of it.
  const draft = `${path}.${process.pid}`
  await writeFile(draft, Buffer.from(await (await database.dump()).arrayBuffer()))
  await rename(draft, path)
  return database
}

/** The name depends on the contents: PGlite's version and every migration. */
async function imagePath(): Promise<string> {
  const modules = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'node_modules')
  const hash = createHash('sha256')
  hash.update(await readFile(join(modules, '@electric-sql', 'pglite', 'package.json')))
  for (const name of (await readdir(migrationsFolder)).sort()) {
    if (name.endsWith('.sql')) hash.update(name).update(await readFile(join(migrationsFolder, name)))
  }
  return join(modules, '.cache', 'edgeroom', `postgres-${hash.digest('hex').slice(0, 16)}.tar`)
}
