/**
 * `npm run db:restored`, for use after a database was restored to an earlier time. Rooms that are
 * not live are loaded from it as they were then, while browsers remember later commits: with a new
 * epoch, no client resumes from a past that no longer exists. Live rooms notice at their next flush,
 * and write again what is missing.
 *
 *     DATABASE_URL=… npm run db:restored -- [room …]
 */
import { command } from './cli/command.ts'
import type { Database } from './postgres/database.ts'
import { openDatabase } from './postgres/open.ts'
import { embeddedDirectory } from './stack/local-state.ts'

/** A room with a new epoch. */
export interface RestoredRoom {
  readonly room: string
  readonly seq: number
}

/**
 * Gives rooms a new epoch, all of them or none.
 * @param names the rooms; all rooms if empty
 * @throws Error naming a room that does not exist
 */
export async function restored(database: Database, names: readonly string[]): Promise<RestoredRoom[]> {
  return database.use(async (client) => {
    await client.query('begin')
    try {
      const { rows } = await client.query<{ room: string; seq: string }>(
        `update rooms set epoch = gen_random_uuid()::text where cardinality($1::text[]) = 0 or room = any($1::text[])
           returning room, seq`,
        [[...names]],
      )
      const missing = names.filter((name) => !rows.some(({ room }) => room === name))
      if (missing.length > 0)
        throw new Error(`The database has no room ${missing.join(', ')}. Nothing was changed.`)
      await client.query('commit')
      return rows.map(({ room, seq }) => ({ room, seq: Number(seq) }))
    } catch (error) {
      await client.query('rollback')
      throw error
    }
  })
}

const SPEC = {
  name: 'npm run db:restored',
  about:
    'For use after the database was restored to an earlier time: gives all rooms, or the named ones, a new epoch, so that no ' +
    'browser resumes from a later state. Live rooms write again what is missing.',
  options: {},
  takes: { name: '[room …]', about: 'rooms; all if none is named', least: 0, most: 10_000 },
} as const

if (import.meta.main) {
  await command(SPEC, async (_, names) => {
    const database = await openDatabase({ url: process.env.DATABASE_URL, directory: embeddedDirectory })
    try {
      const rooms = await restored(database, names)
      for (const { room, seq } of rooms) console.log(`${room}: new epoch, as of commit ${seq}`)
      console.log(`${rooms.length} ${rooms.length === 1 ? 'room has' : 'rooms have'} a new epoch.`)
    } finally {
      await database.close()
    }
    return 0
  })
}
