/**
 * A Postgres that needs no installation: PGlite in this process, with its data in a directory or in memory.
 * It has a single session, so work is queued, and it accepts any password. Knows nothing of tables.
 */

import { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import { Client, type ClientConfig } from 'pg'
import { EMBEDDED_CONNECTION_STRING } from '../stack/local-state.ts'
import type { Database } from './database.ts'
import { lockDirectory } from './directory-lock.ts'

export interface EmbeddedDatabase extends Database {
  /** The whole data directory as one file, for `image`. */
  dump(): Promise<Blob>
}

export interface EmbeddedOptions {
  /** The data directory; in memory if undefined. */
  readonly directory?: string | undefined
  /** The initial contents, from `dump`: much faster than setting up a new database. */
  readonly image?: Blob | undefined
}

/** Opens PGlite. @throws DirectoryInUse */
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
 * PGlite as a connection for pg's Client. Not for a Pool, which replaces broken
 * connections: this one exists only once.
 */
function connectionTo(pglite: PGlite): ClientConfig {
  const config = createPgConfig(pglite)
  const { connection } = config
  const parse = connection.parse.bind(connection)
  // The adapter would mistake pg's result type parsers for parameter types, and throw.
  connection.parse = ({ name, text }: { name?: string; text: string }) => parse({ name, text })
  // It implements everything that Client uses of a connection, though its type does not say so.
  return config as unknown as ClientConfig
}

/** Runs pieces of work one at a time, in order. */
function queue(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    // The caller gets the error; the next piece runs regardless.
    last = result.catch(() => undefined)
    return result
  }
}
