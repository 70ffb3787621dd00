/**
 * Where local work keeps what outlives a run: all of it under `.edgeroom`, which may be deleted at any time to begin
 * anew. Also the note by which a running endpoint is found by other commands.
 */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the project. */
export const projectDirectory = join(dirname(fileURLToPath(import.meta.url)), '../..')

const stateDirectory = process.env.EDGEROOM_STATE ?? join(projectDirectory, '.edgeroom')

/** The data of the embedded Postgres. */
export const embeddedDirectory = join(stateDirectory, 'postgres')
/** What `wrangler dev` keeps of Durable Objects. */
export const workerStateDirectory = join(stateDirectory, 'state')

/** What the Worker is told to connect as; the embedded Postgres itself takes any name and password. */
export const EMBEDDED_CONNECTION_STRING = 'postgresql://edgeroom:edgeroom@localhost/edgeroom'

const notePath = join(stateDirectory, 'endpoint.json')

/** A running endpoint. It names no credentials. */
export interface EndpointNote {
  readonly url: string
  readonly pid: number
  readonly kind: 'embedded' | 'server'
}

/** Notes the endpoint of this process and answers how to withdraw the note. */
export async function noteEndpoint(note: EndpointNote): Promise<() => Promise<void>> {
  await mkdir(stateDirectory, { recursive: true })
  await writeFile(notePath, `${JSON.stringify(note, null, 2)}\n`)
  return () => rm(notePath, { force: true })
}

/**
 * The noted endpoint, or undefined where none is noted. Whether it still runs only asking it will tell.
 * @param directory where another run keeps its state, if it is not the usual place
 */
export async function notedEndpoint(directory = stateDirectory): Promise<EndpointNote | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, 'endpoint.json'), 'utf8')) as EndpointNote
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
