/**
 * A Postgres that needs no installation: PGlite, in this very process, with its data in a directory or in memory.
 * It has a single session, so whoever comes second waits for the first to finish. It asks for no password. Knows
 * nothing of tables.
 */

import { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import { Client, type ClientConfig } from 'pg'
import { EMBEDDED_CONNECTION_STRING } from '../stack/local-state.ts'
import type { Database } from './database.ts'
import { lockDirectory } from './directory-lock.ts'

export interface EmbeddedDatabase extends Database {
  /** The whole data directory as one file, which `image` takes. */
  dump(): Promise<Blob>
}

export interface EmbeddedOptions {
  /** Where the data are kept; in memory where it is undefined. */
  readonly directory?: string | undefined
  /** What an empty database begins with: much quicker than setting one up. */
  readonly image?: Blob | undefined
}

/** Opens PGlite. Throws DirectoryInUse. */
export async function openEmbeddedPostgres({ directory, image }: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const unlock = directory === undefined ? undefined : await lockDirectory(directory)
  try {
    const pglite = await PGlite.create({
      ...(directory === undefined ? {} : { dataDir: directory }),
      ...(image === undefined ? {} : { loadDataDir: image }),
    })
    const client = new Client(connectionTo(pglite))
    client.on('error', (error) => console.error(`The embedded database failed: ${error.message}`))
    await client.connect()
    const inTurn = queue()
    return {
      kind: 'embedded',
      connectionString: EMBEDDED_CONNECTION_STRING,
      use: (work) => inTurn(() => work(client)),
      dump: () => inTurn(() => pglite.dumpDataDir('none')),
      async close() {
        await inTurn(() => client.end())
        await pglite.close()
        await unlock?.()
      },
    }
  } catch (error) {
    await unlock?.()
    throw error
  }
}

/**
 * PGlite as a connection of pg's Client. Not for a Pool: that replaces its connections, and this one cannot be had
 * a second time.
 */
function connectionTo(pglite: PGlite): ClientConfig {
  const config = createPgConfig(pglite)
  const { connection } = config
  const parse = connection.parse.bind(connection)
  // The adapter would take pg's parsers of result types for the types of parameters, and throw.
  connection.parse = ({ name, text }: { name?: string; text: string }) => parse({ name, text })
  // It does all that Client asks of a connection, though its type does not say so.
  return config as unknown as ClientConfig
}

/** Runs one piece of work after the other, in the order asked for. */
function queue(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    // The failure belongs to whoever asked; the next in turn runs all the same.
    last = result.catch(() => undefined)
    return result
  }
}
