/**
 * A whole database for one test file: Postgres in memory, migrated, behind an endpoint on a free port that speaks
 * the Neon driver's protocol. Nothing of it is shared, so nothing has to be cleaned but by `close`.
 */

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate, migrationsFolder } from '../../dev/migrate.ts'
import { type EmbeddedDatabase, openEmbeddedPostgres } from '../../dev/postgres/embedded.ts'
import { startNeonEndpoint } from '../../dev/postgres/neon-endpoint.ts'

export interface TestDatabase {
  /** What `neonStore` (or the Worker's DATABASE_URL) takes. */
  readonly connectionString: string
  /** What `neonStore`'s endpoint (or the Worker's NEON_ENDPOINT) takes. */
  readonly endpoint: string
  /** Looks into the database past the endpoint. Whole numbers beyond 32 bits come as strings. */
  query<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>
  close(): Promise<void>
}

export interface EmbeddedTestDatabase extends TestDatabase {
  /** Nobody answers at the endpoint any more; the data stay, and `query` still sees them. */
  goAway(): Promise<void>
  /** The endpoint answers again, where it did before. */
  comeBack(): Promise<void>
}

/** Starts one: a few seconds the first time, and half a second while the migrations stay the same. */
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

/** Setting up a Postgres takes most of the time, so a migrated one is kept as a file from which others begin. */
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
  // Written aside and renamed, so that another test file never reads half of it.
  const draft = `${path}.${process.pid}`
  await writeFile(draft, Buffer.from(await (await database.dump()).arrayBuffer()))
  await rename(draft, path)
  return database
}

/** Named by what goes into it: PGlite's version and every migration. */
async function imagePath(): Promise<string> {
  const modules = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'node_modules')
  const hash = createHash('sha256')
  hash.update(await readFile(join(modules, '@electric-sql', 'pglite', 'package.json')))
  for (const name of (await readdir(migrationsFolder)).sort()) {
    if (name.endsWith('.sql')) hash.update(name).update(await readFile(join(migrationsFolder, name)))
  }
  return join(modules, '.cache', 'edgeroom', `postgres-${hash.digest('hex').slice(0, 16)}.tar`)
}
