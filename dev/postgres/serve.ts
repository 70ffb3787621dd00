/** The local database as the Worker needs it: open, migrated, behind its endpoint, and noted for other commands. */

import { access } from 'node:fs/promises'
import { migrate, progressLine } from '../migrate.ts'
import { embeddedDirectory, noteEndpoint } from '../stack/local-state.ts'
import { startNeonEndpoint } from './neon-endpoint.ts'
import { openDatabase } from './open.ts'
import { roomsOfOthers } from './rooms-of-others.ts'

const NOT_CONFIRMED =
  'The database of DATABASE_URL is used by a deployment, and two of them on one database keep each other from saving. Give this one a database of its own; or, if you mean it: npm start -- --shared'

export interface ServedDatabase {
  readonly kind: 'embedded' | 'server'
  readonly connectionString: string
  /** The URL of the endpoint. */
  readonly endpoint: string
  close(): Promise<void>
}

/**
 * Serves the server named by `url`, or the embedded database where it is undefined or empty; on a free port where
 * `port` is 0. `say` is told in lines what is going on, `confirm` is asked where rooms of a deployment are there. Whatever fails, nothing is left open.
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
    // Before anything is changed there.
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
