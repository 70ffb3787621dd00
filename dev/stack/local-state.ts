/**
 * The state of local runs: everything is under `.edgeroom`, which may be deleted at any time to start over.
 * Also the note through which other commands find a running endpoint.
 */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the project. */
export const projectDirectory = join(dirname(fileURLToPath(import.meta.url)), '../..')

const stateDirectory = process.env.EDGEROOM_STATE ?? join(projectDirectory, '.edgeroom')

/** Data of the embedded Postgres. */
export const embeddedDirectory = join(stateDirectory, 'postgres')
/** Data of the Durable Objects under `wrangler dev`. */
export const workerStateDirectory = join(stateDirectory, 'state')

/** The connection string for the Worker; the embedded Postgres accepts any name and password. */
export const EMBEDDED_CONNECTION_STRING = 'postgresql://edgeroom:edgeroom@localhost/edgeroom'

const notePath = join(stateDirectory, 'endpoint.json')

/** A running endpoint. Contains no credentials. */
export interface EndpointNote {
  readonly url: string
  readonly pid: number
  readonly kind: 'embedded' | 'server'
}

/** Records the endpoint of this process. @returns a function that removes the note */
export async function noteEndpoint(note: EndpointNote): Promise<() => Promise<void>> {
  await mkdir(stateDirectory, { recursive: true })
  await writeFile(notePath, `${JSON.stringify(note, null, 2)}\n`)
  return () => rm(notePath, { force: true })
}

/**
 * The recorded endpoint; undefined if there is none. It may no longer be running.
 * @param directory state directory of another run
 */
export async function notedEndpoint(directory = stateDirectory): Promise<EndpointNote | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, 'endpoint.json'), 'utf8')) as EndpointNote
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
