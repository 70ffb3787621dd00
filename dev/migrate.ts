/**
 * Migrates a database to the schema of this checkout. Drizzle's migrator does it in one transaction and
 * records it, so running it again does nothing; this file reports the steps.
 *
 *     npm run db:migrate        the embedded database, or the one named by DATABASE_URL
 */

import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import type { Client } from 'pg'
import { command } from './cli/command.ts'
import type { Database } from './postgres/database.ts'
import { openDatabase } from './postgres/open.ts'
import { embeddedDirectory } from './stack/local-state.ts'

/** The folder of the migrations. */
export const migrationsFolder = join(dirname(fileURLToPath(import.meta.url)), '..', 'schema', 'migrations')

/** `pending` before a migration is applied, `applied` after it; `current` if there is nothing to do. */
export type MigrationProgress =
  | { readonly state: 'pending' | 'applied'; readonly migration: string }
  | { readonly state: 'current' }

/** Applies all missing migrations or none. @throws the error of the database */
export async function migrate(
  database: Database,
  onProgress: (progress: MigrationProgress) => void = () => {},
): Promise<void> {
  await database.use(async (client) => {
    const db = drizzle(client as Client)
    await checkDatabase(db)
    // Concurrent runs would find the same migrations missing. The lock ends
    // with the connection at the latest.
    await db.execute(sql`select pg_advisory_lock(${MIGRATION_LOCK})`)
    try {
      await migrateLocked(db, onProgress)
    } finally {
      await db.execute(sql`select pg_advisory_unlock(${MIGRATION_LOCK})`)
    }
  })
}

async function migrateLocked(
  db: NodePgDatabase,
  onProgress: (progress: MigrationProgress) => void,
): Promise<void> {
  const pending = await pendingMigrations(db)
  if (pending.length === 0) {
    onProgress({ state: 'current' })
    return
  }
  for (const migration of pending) onProgress({ state: 'pending', migration })
  await applyMigrations(db, { migrationsFolder })
  for (const migration of pending) onProgress({ state: 'applied', migration })
}

/** @throws Error if the database cannot hold Edgeroom's tables correctly */
async function checkDatabase(db: NodePgDatabase): Promise<void> {
  const { rows } = await db.execute<{ encoding: string; schema: string | null }>(
    sql`select pg_encoding_to_char(encoding) as encoding, current_schema() as schema from pg_database where datname = current_database()`,
  )
  const [{ encoding, schema } = { encoding: '', schema: null }] = rows
  if (encoding !== 'UTF8')
    throw new Error(
      `The database has the encoding ${encoding}: Edgeroom needs UTF8. Create it with "encoding 'UTF8'".`,
    )
  if (schema !== 'public')
    throw new Error(
      `The connection's search_path leads to ${schema === null ? 'no schema' : `the schema ${schema}`}, but Edgeroom's tables must be in public. Put public first.`,
    )
}

/** An arbitrary advisory lock key that nobody else uses: a hash of "edgeroom". */
const MIGRATION_LOCK = 4_105_877_311

/** One line about a step of a migration. */
export function progressLine(progress: MigrationProgress): string {
  if (progress.state === 'current') return 'Database schema is up to date.'
  return progress.state === 'pending'
    ? `Migrating the database: ${progress.migration} …`
    : `Migrating the database: ${progress.migration} applied.`
}

/** The tags of the migrations newer than the last applied one, by the same rule as drizzle's migrator. */
async function pendingMigrations(db: NodePgDatabase): Promise<string[]> {
  const journal = JSON.parse(await readFile(join(migrationsFolder, 'meta', '_journal.json'), 'utf8')) as {
    entries: { tag: string; when: number }[]
  }
  const known = await db.execute<{ there: string | null }>(
    sql`select to_regclass('drizzle.__drizzle_migrations')::text as there`,
  )
  if (known.rows[0]?.there == null) return journal.entries.map((entry) => entry.tag)
  const last = await db.execute<{ created_at: string }>(
    sql`select created_at from drizzle.__drizzle_migrations order by created_at desc limit 1`,
  )
  const lastMillis = Number(last.rows[0]?.created_at ?? 0)
  return journal.entries.filter((entry) => entry.when > lastMillis).map((entry) => entry.tag)
}

const SPEC = {
  name: 'npm run db:migrate',
  about:
    'Migrates the embedded database, or the one named by DATABASE_URL, to the schema of this checkout. Safe to run twice.',
  options: {},
} as const

if (import.meta.main) {
  await command(SPEC, async () => {
    const database = await openDatabase({ url: process.env.DATABASE_URL, directory: embeddedDirectory })
    try {
      await migrate(database, (progress) => console.log(progressLine(progress)))
    } finally {
      await database.close()
    }
    return 0
  })
}
