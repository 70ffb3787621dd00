/**
 * Queries the local database from the terminal:
 *
 *     npm run db:query -- "select path, revision, length(text), updated_at from files"
 *
 * The embedded database serves one process only: while `npm start` or `npm run db` runs, this uses their
 * endpoint, otherwise it opens the database itself. With DATABASE_URL, it queries that server.
 */

import { access } from 'node:fs/promises'
import { command, UsageError } from './cli/command.ts'
import { tableText } from './cli/table-text.ts'
import { type Answer, runQuery } from './postgres/neon-protocol.ts'
import { openDatabase } from './postgres/open.ts'
import {
  EMBEDDED_CONNECTION_STRING,
  type EndpointNote,
  embeddedDirectory,
  notedEndpoint,
} from './stack/local-state.ts'

const url = process.env.DATABASE_URL ?? ''

const SPEC = {
  name: 'npm run db:query',
  about:
    'Runs a query on the local database, or on the one named by DATABASE_URL, and prints the result as a table.',
  options: {},
  takes: {
    name: '<SQL>',
    about: 'a query, such as "select room, seq from rooms"',
    least: 1,
    most: Number.POSITIVE_INFINITY,
  },
} as const

await command(SPEC, async (_, words) => {
  const sql = words.join(' ').trim()
  if (sql === '') throw new UsageError(`<SQL> is empty: ${SPEC.takes.about}.`)
  const { fields, rows, command: done, rowCount } = await answerTo(sql)
  console.log(fields.length > 0 ? tableText(fields, rows) : `${done} ${rowCount ?? ''}`.trim())
  return 0
})

async function answerTo(query: string): Promise<Answer> {
  const note = url === '' ? await notedEndpoint() : undefined
  return (note && (await askEndpoint(note, query))) ?? openAndAsk(query)
}

/** Queries a running endpoint; undefined if it no longer runs. */
async function askEndpoint(note: EndpointNote, query: string): Promise<Answer | undefined> {
  const response = await fetch(note.url, {
    method: 'POST',
    headers: {
      'neon-connection-string': EMBEDDED_CONNECTION_STRING,
      'neon-raw-text-output': 'true',
      'neon-array-mode': 'true',
    },
    body: JSON.stringify({ query, params: [] }),
  }).catch((error: Error & { cause?: { code?: unknown } }) => {
    if (error.cause?.code === 'ECONNREFUSED') return undefined
    throw error
  })
  if (response === undefined) return undefined
  if (note.kind === 'server')
    throw new Error('A server is queried directly: set DATABASE_URL for this command too.')
  const answer = (await response.json()) as Answer & { message?: string; code?: string }
  if (!response.ok) throw new Error(`${answer.message} (SQLSTATE ${answer.code})`)
  return answer
}

async function openAndAsk(query: string): Promise<Answer> {
  if (url === '') {
    await access(embeddedDirectory).catch(() => {
      throw new Error('There is no local database yet: `npm start` creates one.')
    })
  }
  const database = await openDatabase({ url, directory: embeddedDirectory })
  try {
    return await database.use((client) => runQuery(client, { query, params: [] }))
  } finally {
    await database.close()
  }
}
