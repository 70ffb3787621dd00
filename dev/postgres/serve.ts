/**
 * Serves the local database for the Worker: opened, migrated, behind its endpoint,
 * and recorded for other commands.
 */

import { access } from 'node:fs/promises'
import { migrate, progressLine } from '../migrate.ts'
import { embeddedDirectory, noteEndpoint } from '../stack/local-state.ts'
import { startNeonEndpoint } from './neon-endpoint.ts'
import { openDatabase } from './open.ts'
import { roomsOfOthers } from './rooms-of-others.ts'

const NOT_CONFIRMED =
  'The database of DATABASE_URL is used by a deployment. Two of them on one database keep each other from saving. Use another database; or, to use it anyway: npm start -- --shared'

export interface ServedDatabase {
  readonly kind: 'embedded' | 'server'
  readonly connectionString: string
  /** URL of the endpoint. */
  readonly endpoint: string
  close(): Promise<void>
}

/**
 * Serves the Postgres at `url`, or the embedded database if it is undefined or
 * empty. Cleans up if anything fails.
 * @param port 0 for a free one
 * @param say receives a line for each step
 * @param confirm asks whether to go on if the database has rooms of a deployment
 */
export async function serveDatabase(
  url: string | undefined,
  port: number,
  say: (line: string) => void,
  confirm: (rooms: number) => Promise<boolean> = async () => true,
): Promise<ServedDatabase> {
  const undo: (() => Promise<void>)[] = []
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    if (url === undefined || url === '') {
      const exists = await access(embeddedDirectory).then(
        () => true,
        () => false,
      )
      say(exists ? 'Opening the embedded Postgres …' : 'Setting up an embedded Postgres, this once …')
    } else {
      say('Connecting to the Postgres of DATABASE_URL …')
    }
    const database = await openDatabase({ url, directory: embeddedDirectory })
    undo.push(() => database.close())
    // Before anything is changed in it.
    const rooms = await roomsOfOthers(database)
    if (rooms > 0 && !(await confirm(rooms))) throw new Error(NOT_CONFIRMED)
    await migrate(database, (progress) => say(progressLine(progress)))
    const endpoint = await startNeonEndpoint(database, { port })
    undo.push(() => endpoint.close())
    undo.push(await noteEndpoint({ url: endpoint.url, pid: process.pid, kind: database.kind }))
    return {
      kind: database.kind,
      connectionString: database.connectionString,
      endpoint: endpoint.url,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
