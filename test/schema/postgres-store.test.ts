/**
 * The Postgres store with failing servers: it gives up in time, leaks no secret, and leaves no socket open.
 */

import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import type { StoreErrorKind } from '../../schema/store.ts'
import { postgresStore } from '../../schema/stores/postgres.ts'
import { batchOf, fileOf } from './contract/samples.ts'

/** A Postgres message: a type, a length that includes itself, and a body. */
const message = (type: string, body: Buffer | string) => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)])
}
const WELCOME = Buffer.concat([message('R', Buffer.alloc(4)), message('Z', 'I')])
const refusal = (sqlstate: string) =>
  message('E', `SFATAL\0VFATAL\0C${sqlstate}\0Mno entry for hunter2, "select " text of a\0\0`)

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** A server with a scripted reaction to each connection, and its number of open connections. */
async function serverThat(answers: (socket: Socket) => void) {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => {})
    socket.resume()
    answers(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    for (const socket of open) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { connectionString: `postgresql://someone:hunter2@127.0.0.1:${port}/main`, open }
}

/** Expects all calls to fail in the same way. */
async function expectFailure(kind: StoreErrorKind, connectionString: string, timeoutMs = 20_000) {
  const store = postgresStore(connectionString, { timeoutMs })
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
  await expectFailure('unavailable', 'postgresql://someone:hunter2@127.0.0.1:1/main')
})

it.each<[string, (socket: Socket) => void]>([
  ['never answers', () => {}],
  ['lets in and never answers', (socket) => socket.write(WELCOME)],
])('gives up on a server that %s, and leaves no connection open', async (_, answers) => {
  const { connectionString, open } = await serverThat(answers)
  await expectFailure('unavailable', connectionString, 200)
  await expect.poll(() => open.size).toBe(0)
})

it.each<[string, (socket: Socket) => void]>([
  ['hangs up at once', (socket) => socket.destroy()],
  ['hangs up at the first word', (socket) => socket.once('data', () => socket.resetAndDestroy())],
  [
    'hangs up in the middle',
    (socket) => {
      socket.once('data', () => {
        socket.write(WELCOME)
        socket.once('data', () => socket.resetAndDestroy())
      })
    },
  ],
  ['speaks something else', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
])('is unavailable if the server %s, and leaves no connection open', async (_, answers) => {
  const { connectionString, open } = await serverThat(answers)
  await expectFailure('unavailable', connectionString)
  await expect.poll(() => open.size).toBe(0)
})

it.each<[string, StoreErrorKind]>([
  ['28P01', 'credentials'],
  ['28000', 'credentials'],
  ['3D000', 'credentials'],
  ['53300', 'unavailable'],
  ['57P03', 'unavailable'],
])('maps SQLSTATE %s at login to %s, and leaves no connection open', async (sqlstate, kind) => {
  const { connectionString, open } = await serverThat((socket) => socket.end(refusal(sqlstate)))
  await expectFailure(kind, connectionString)
  await expect.poll(() => open.size).toBe(0)
})

it('reports credentials if the server wants a password and the connection string has none', async () => {
  const sasl = message('R', '\0\0\0\u000aSCRAM-SHA-256\0\0')
  const challenge = message('R', '\0\0\0\u000br=nonce,s=salt,i=4096')
  const { connectionString, open } = await serverThat((socket) => {
    socket.once('data', () => {
      socket.write(sasl)
      socket.once('data', () => socket.write(challenge))
    })
  })
  await expectFailure('credentials', connectionString.replace(':hunter2', ''))
  await expect.poll(() => open.size).toBe(0)
})

it.each([
  '',
  'hunter2',
  'mysql://a:hunter2@host/db',
  'postgresql://a:hunter2@host',
  'postgresql://hunter2 @@/:',
  'postgresql://a:hunter2@host/db?sslmode=verify-full&sslrootcert=/hunter2',
])(
  'reports credentials, without quoting them, if the connection string is "%s"',
  async (connectionString) => {
    await expectFailure('credentials', connectionString)
  },
)
