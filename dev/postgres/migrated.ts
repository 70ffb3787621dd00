/**
 * An embedded Postgres in memory that is migrated already. Setting one up takes most of the time that a
 * script or test file needs to start, so its data directory is cached as a file.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { migrate, migrationsFolder } from '../migrate.ts'
import { projectDirectory } from '../stack/local-state.ts'
import { type EmbeddedDatabase, openEmbeddedPostgres } from './embedded.ts'

/** Takes seconds the first time, and half a second as long as the migrations stay the same. */
export async function openMigrated(): Promise<EmbeddedDatabase> {
  const path = await imagePath()
  const image = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (image !== undefined) return openEmbeddedPostgres({ image: new Blob([image]) })
  const database = await openEmbeddedPostgres({})
  await migrate(database)
  await mkdir(dirname(path), { recursive: true })
  // Written to a temporary file and renamed, so that other processes never read half of it.
  const draft = `${path}.${process.pid}`
  await writeFile(draft, Buffer.from(await (await database.dump()).arrayBuffer()))
  await rename(draft, path)
  return database
}

/** The name depends on the contents: PGlite's version and every migration. */
async function imagePath(): Promise<string> {
  const modules = join(projectDirectory, 'node_modules')
  const hash = createHash('sha256')
  hash.update(await readFile(join(modules, '@electric-sql', 'pglite', 'package.json')))
  for (const name of (await readdir(migrationsFolder)).sort()) {
    if (name.endsWith('.sql')) hash.update(name).update(await readFile(join(migrationsFolder, name)))
  }
  return join(modules, '.cache', 'edgeroom', `postgres-${hash.digest('hex').slice(0, 16)}.tar`)
}
