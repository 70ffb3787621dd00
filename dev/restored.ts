/**
 * `npm run db:restored`: after a database was restored to an earlier time. Rooms that are not at the edge come back from there as they
 * were then, while browsers remember what came after it: with another epoch nobody takes up a past that never was. Rooms that are live go on:
 * they notice at their next flush, and write again what is missing.
 *
 *     DATABASE_URL=… npm run db:restored -- [room …]
 */
import { command } from './cli/command.ts'
import type { Database } from './postgres/database.ts'
import { openDatabase } from './postgres/open.ts'
import { embeddedDirectory } from './stack/local-state.ts'

/** A room that got another epoch. */
export interface RestoredRoom {
  readonly room: string
  readonly seq: number
}

/**
 * Gives rooms another epoch, all of them or none.
 * @param names those that are meant; all there are where none is named
 * @throws Error naming a room that is not there
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
    'To be run after the database was restored to an earlier time: gives every room, or those that are named, another epoch, so that ' +
    'no browser takes up what came after that time. Live rooms write again what is missing.',
  options: {},
  takes: { name: '[room …]', about: 'rooms; all of them where none is named', least: 0, most: 10_000 },
} as const

if (import.meta.main) {
  await command(SPEC, async (_, names) => {
    const database = await openDatabase({ url: process.env.DATABASE_URL, directory: embeddedDirectory })
    try {
      const rooms = await restored(database, names)
      for (const { room, seq } of rooms) console.log(`${room}: another epoch, as of commit ${seq}`)
      console.log(`${rooms.length} ${rooms.length === 1 ? 'room has' : 'rooms have'} another epoch.`)
    } finally {
      await database.close()
    }
    return 0
  })
}
