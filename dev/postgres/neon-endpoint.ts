/**
 * An HTTP server on 127.0.0.1 that replaces Neon's proxy, so that the Worker and its driver run unchanged.
 * Postgres errors are 400 with their fields, as the driver expects; every other failure is 503. Invariant:
 * after `close` no socket is left.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Database } from './database.ts'
import { errorBody, ProtocolError, runRequest } from './neon-protocol.ts'
import { isPostgresError } from './open.ts'

/** Neon's limit for one request. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

/** ms that `close` waits for requests in progress */
const CLOSE_GRACE_MS = 2000

export interface NeonEndpoint {
  /** For the driver: `http://127.0.0.1:<port>/sql`. */
  readonly url: string
  readonly port: number
  /** Waits briefly for requests in progress, and closes every socket. The database stays open. */
  close(): Promise<void>
}

/** Starts listening, on a free port if none is given. Rejects if the port is taken. */
export async function startNeonEndpoint(
  database: Database,
  options: { readonly port?: number } = {},
): Promise<NeonEndpoint> {
  const server = createServer((request, response) => {
    answer(database, request)
      .catch(failure)
      .then(({ status, body }) => send(response, status, body))
  })
  // An idle connection is closed by the client: from here, it could be closed under a request on its way.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo

  let closed: Promise<void> | undefined
  function close(): Promise<void> {
    closed ??= new Promise((resolve) => {
      const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
      server.close(() => {
        clearTimeout(cut)
        resolve()
      })
      server.closeIdleConnections()
    })
    return closed
  }

  return { url: `http://127.0.0.1:${port}/sql`, port, close }
}

interface Reply {
  readonly status: number
  readonly body: object
}

async function answer(database: Database, request: IncomingMessage): Promise<Reply> {
  if (request.url !== '/sql') throw new ProtocolError(404, 'the only path is /sql')
  if (request.method !== 'POST') throw new ProtocolError(405, '/sql needs POST')
  return { status: 200, body: await runRequest(database, request.headers, await readBody(request)) }
}

function failure(error: unknown): Reply {
  if (error instanceof ProtocolError) return { status: error.status, body: { message: error.message } }
  if (isPostgresError(error)) return { status: 400, body: errorBody(error) }
  return { status: 503, body: { message: error instanceof Error ? error.message : String(error) } }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES)
      throw new ProtocolError(413, `a request may have at most ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body))
  // The rest of a refused body is not read, so the connection cannot be reused.
  if (status === 413) response.setHeader('connection', 'close')
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length })
  response.end(bytes)
}
