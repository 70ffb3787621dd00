/**
 * What Neon's proxy does between its `/sql` route and Postgres: parses a request, runs it, and builds the
 * response. A batch is one transaction; rows are arrays of the raw text that Postgres sends, which the
 * driver parses. Knows the protocol and a database, but no HTTP server.
 */

import type { IncomingHttpHeaders } from 'node:http'
import type { ClientBase, QueryArrayConfig } from 'pg'
import type { Database } from './database.ts'
import { isConnectionSound } from './open.ts'

/** The request violates the protocol. `status` is the HTTP status of the response. */
export class ProtocolError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'ProtocolError'
    this.status = status
  }
}

export interface Query {
  readonly query: string
  readonly params: readonly (string | null)[]
}

export interface Answer {
  readonly command: string
  readonly rowCount: number | null
  readonly rows: readonly (readonly (string | null)[])[]
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
  readonly rowAsArray: true
}

const ISOLATION_LEVELS: Readonly<Record<string, string>> = {
  ReadUncommitted: 'read uncommitted',
  ReadCommitted: 'read committed',
  RepeatableRead: 'repeatable read',
  Serializable: 'serializable',
}

/** The fields of a Postgres error that the driver copies from the JSON. */
const ERROR_FIELDS = [
  'severity',
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const

/** The connection string that the caller presents. @throws ProtocolError */
function connectionStringOf(headers: IncomingHttpHeaders): string {
  const value = headers['neon-connection-string']
  if (typeof value !== 'string' || !URL.canParse(value)) {
    throw new ProtocolError(400, 'the header Neon-Connection-String must hold a connection string')
  }
  return value
}

/**
 * Runs the request in a body, and returns the JSON value of the response.
 * @throws ProtocolError, the error of Postgres, or a network error
 */
export async function runRequest(
  database: Database,
  headers: IncomingHttpHeaders,
  body: string,
): Promise<object> {
  for (const header of ['neon-raw-text-output', 'neon-array-mode']) {
    if (headers[header] !== 'true') {
      throw new ProtocolError(400, `only raw text in arrays is supported: ${header} must be true`)
    }
  }
  const caller = connectionStringOf(headers)
  const request = parseBody(body)
  if (!Array.isArray(request)) return database.use((client) => runQuery(client, request), caller)
  const begin = beginOf(headers)
  return { results: await database.use((client) => transact(client, begin, request), caller) }
}

/** The JSON body for a Postgres error, as the driver reads it. */
export function errorBody(error: Error & Readonly<Record<string, unknown>>): object {
  return {
    message: error.message,
    ...Object.fromEntries(ERROR_FIELDS.map((field) => [field, error[field] ?? null])),
  }
}

async function transact(client: ClientBase, begin: string, queries: readonly Query[]): Promise<Answer[]> {
  await client.query(begin)
  try {
    const answers: Answer[] = []
    for (const query of queries) answers.push(await runQuery(client, query))
    await client.query('commit')
    return answers
  } catch (error) {
    // If the connection broke there is nothing to roll back; the original error is thrown.
    if (isConnectionSound(error)) await client.query('rollback')
    throw error
  }
}

/** Runs one statement without starting a transaction. Values are the text that Postgres prints. */
export async function runQuery(client: ClientBase, { query, params }: Query): Promise<Answer> {
  const config: QueryArrayConfig & { queryMode: 'extended' } = {
    text: query,
    values: [...params],
    rowMode: 'array',
    // Never the simple protocol: it would accept several statements in one text, which Neon does not.
    queryMode: 'extended',
    types: { getTypeParser: () => (text: string) => text },
  }
  const { command, rowCount, rows, fields } = await client.query<(string | null)[]>(config)
  return { command, rowCount, rows, fields, rowAsArray: true }
}

function beginOf(headers: IncomingHttpHeaders): string {
  const level = headers['neon-batch-isolation-level']
  const isolation = typeof level === 'string' ? ISOLATION_LEVELS[level] : undefined
  if (level !== undefined && isolation === undefined) {
    throw new ProtocolError(400, 'Neon-Batch-Isolation-Level is not an isolation level of Postgres')
  }
  const modes = [
    isolation === undefined ? '' : `isolation level ${isolation}`,
    headers['neon-batch-read-only'] === 'true' ? 'read only' : '',
    headers['neon-batch-deferrable'] === 'true' ? 'deferrable' : '',
  ].filter((mode) => mode !== '')
  return `begin ${modes.join(', ')}`
}

function parseBody(body: string): Query | Query[] {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new ProtocolError(400, 'the body is not JSON')
  }
  if (isRecord(value) && Array.isArray(value.queries)) return value.queries.map(parseQuery)
  return parseQuery(value)
}

function parseQuery(value: unknown): Query {
  if (!isRecord(value) || typeof value.query !== 'string') {
    throw new ProtocolError(400, 'a query must be an object with a query text')
  }
  const params: unknown = value.params ?? []
  if (!Array.isArray(params)) throw new ProtocolError(400, 'params must be an array')
  return { query: value.query, params: params.map(parseParam) }
}

/** The driver sends text or null; numbers and booleans are converted to text, as Neon does. */
function parseParam(param: unknown): string | null {
  if (param === null || typeof param === 'string') return param
  return typeof param === 'object' ? JSON.stringify(param) : String(param)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
