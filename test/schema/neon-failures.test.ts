/** Errors of the Neon store when its endpoint fails: it gives up in time, and leaks no secret. */

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import type { StoreErrorKind } from '../../schema/store.ts'
import { neonStore } from '../../schema/stores/neon.ts'
import { batchOf, fileOf } from './contract/samples.ts'

/** ms that an answer may take, even on a busy machine. */
const ANSWERS_MS = 60_000
const CONNECTION_STRING = 'postgresql://someone:hunter2@db.example.com/main'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** Starts a scripted endpoint; returns its URL. */
async function endpointThat(answers: RequestListener): Promise<string> {
  const server = createServer(answers)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/sql`
}

/** Expects all calls to fail in the same way. */
async function expectFailure(
  kind: StoreErrorKind,
  endpoint: string,
  { connectionString = CONNECTION_STRING, timeoutMs = ANSWERS_MS } = {},
) {
  const store = neonStore(connectionString, { endpoint, timeoutMs })
  const calls = [
    store.load('r'),
    store.texts('r', ['a']),
    store.commits('r', 0, 1),
    store.flush(batchOf('r', 1, { files: [fileOf('a', 1)] })),
  ]
  for (const result of await Promise.allSettled<unknown>(calls)) {
    const error: Error =
      result.status === 'rejected' ? result.reason : expect.unreachable('the call must fail')
    expect(error).toMatchObject({ name: 'StoreError', kind })
    const told = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
    for (const secret of ['hunter2', 'select ', 'insert into', 'text of a'])
      expect(told).not.toContain(secret)
  }
}

it('is unavailable if nobody listens', async () => {
  const endpoint = await endpointThat(() => {})
  await cleanups.pop()?.()
  await expectFailure('unavailable', endpoint)
})

it('is unavailable when the endpoint never answers', async () => {
  await expectFailure('unavailable', await endpointThat(() => {}), { timeoutMs: 200 })
})

it('is unavailable if the endpoint stops halfway through its answer', async () => {
  const endpoint = await endpointThat((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"results":[')
  })
  await expectFailure('unavailable', endpoint, { timeoutMs: 200 })
})

it('is unavailable when the connection breaks', async () => {
  await expectFailure('unavailable', await endpointThat((request) => request.socket.destroy()))
})

it('is unavailable, never without a room, if there are fewer results than statements', async () => {
  const endpoint = await endpointThat((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ results: [] }))
  })
  await expectFailure('unavailable', endpoint)
})

it('is unavailable if something else answers with a page', async () => {
  await expectFailure(
    'unavailable',
    await endpointThat((_, response) => response.end('<html>Welcome</html>')),
  )
})

it.each<[number, StoreErrorKind]>([
  [500, 'unavailable'],
  [503, 'unavailable'],
  [429, 'unavailable'],
  [401, 'credentials'],
  [403, 'credentials'],
  [404, 'credentials'],
  [413, 'refused'],
])('maps HTTP %i to %s', async (status, kind) => {
  const endpoint = await endpointThat((_, response) => response.writeHead(status).end('select hunter2'))
  await expectFailure(kind, endpoint)
})

it.each<[string, string | null, StoreErrorKind]>([
  ['server closed the connection', '08006', 'unavailable'],
  ['sorry, too many clients already', '53300', 'unavailable'],
  ['terminating connection due to administrator command', '57P01', 'unavailable'],
  ['could not serialize access', '40001', 'unavailable'],
  ['cannot execute INSERT in a read-only transaction', '25006', 'unavailable'],
  ['Control plane request failed', null, 'unavailable'],
  ['password authentication failed for user "someone"', '28P01', 'credentials'],
  ['password authentication failed for user "someone"', null, 'credentials'],
  ['database "main" does not exist', '3D000', 'credentials'],
  ['permission denied for table rooms', '42501', 'credentials'],
  ['invalid byte sequence in text of a', '22021', 'refused'],
  ['duplicate key in insert into', '23505', 'refused'],
  ['syntax error at or near "select "', '42601', 'refused'],
])('maps the error "%s" (%s) to %s', async (message, code, kind) => {
  const endpoint = await endpointThat((_, response) =>
    response.writeHead(400).end(JSON.stringify({ message, code, severity: 'ERROR' })),
  )
  await expectFailure(kind, endpoint)
})

it.each([
  '',
  'hunter2',
  'mysql://a:hunter2@host/db',
  'postgresql://a:hunter2@host',
  'postgresql://hunter2 @@/:',
  'postgresql://a:hunter2 b@host/db',
])(
  'reports credentials, without quoting them, if the connection string is "%s"',
  async (connectionString) => {
    await expectFailure('credentials', 'http://127.0.0.1:9/sql', { connectionString })
  },
)
