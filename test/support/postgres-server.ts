/**
 * A Postgres server of the test's own: a fresh cluster in a temporary folder, on a free port of 127.0.0.1, that can be
 * stopped at once, lose a process, and be started again. Nothing else uses it. Where Postgres is not installed there is
 * none, which a test run that has to be complete (CI) does not accept.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { migrate } from '../../dev/migrate.ts'
import { startNeonEndpoint } from '../../dev/postgres/neon-endpoint.ts'
import { openDatabase } from '../../dev/postgres/open.ts'

const run = promisify(execFile)
const INSTALLED = '/usr/lib/postgresql'

export interface PostgresServer {
  readonly connectionString: string
  /** Of an endpoint before it that speaks the Neon driver's protocol; it stays when the server stops. */
  readonly endpoint: string
  query<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>
  /** A connection of its own, for a lock; whoever takes it ends it, unless the server does. */
  connect(): Promise<Client>
  /** Ends without finishing anything, as by loss of power; its log brings it back to what was committed. */
  stop(): Promise<void>
  /** Resolves when it takes connections. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Where the newest installed Postgres has its programs; null where none is installed. @throws Error for none in CI */
export async function postgresPrograms(): Promise<string | null> {
  const versions = await readdir(INSTALLED).catch(() => [])
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  if (newest !== undefined) return join(INSTALLED, newest, 'bin')
  if (process.env.CI === 'true') throw new Error(`no Postgres in ${INSTALLED}: apt-get install postgresql`)
  console.warn(`skipped: these tests need a Postgres server (apt-get install postgresql)`)
  return null
}

/** Makes a cluster, starts it and migrates its database. @param programs what `postgresPrograms` found */
export async function startPostgresServer(programs: string): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'edgeroom-postgres-'))
  const isRoot = process.getuid?.() === 0
  if (isRoot) {
    const { stdout } = await run('id', ['-u', 'postgres'])
    await chown(folder, Number(stdout), -1)
  }
  // Postgres refuses to be run by root. It inherits no pipe of ours, or we would wait for its end.
  const program = (name: string, args: readonly string[]) => {
    const command = isRoot
      ? ['runuser', '-u', 'postgres', '--', join(programs, name)]
      : [join(programs, name)]
    const [first = '', ...rest] = [...command, ...args]
    return run(first, rest, { cwd: folder })
  }
  const data = join(folder, 'data')
  const port = await freePort()
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off -c max_connections=50`
  const control = (...args: string[]) =>
    program('pg_ctl', ['-D', data, '-l', join(folder, 'log'), '-w', '-o', settings, ...args])
  await program('initdb', ['-D', data, '-E', 'UTF8', '--no-sync', '-U', 'postgres', '--auth=trust'])
  await control('start')
  const connectionString = `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`
  const database = await openDatabase({ url: connectionString })
  await migrate(database)
  const endpoint = await startNeonEndpoint(database)
  const connect = async () => {
    const client = new Client({ connectionString })
    // Its end may come from the other side; whoever waits for an answer hears of it there.
    client.on('error', () => {})
    await client.connect()
    return client
  }
  return {
    connectionString,
    endpoint: endpoint.url,
    connect,
    async query<Row extends object>(sql: string, params: readonly unknown[] = []) {
      const client = await connect()
      try {
        return (await client.query(sql, [...params])).rows as Row[]
      } finally {
        await client.end()
      }
    },
    async stop() {
      await control('-m', 'immediate', 'stop')
    },
    async start() {
      await control('start')
    },
    async close() {
      // First of all, so that it is gone whatever comes after; a test may have left it stopped.
      const isRunning = await control('status').then(
        () => true,
        () => false,
      )
      if (isRunning) await control('-m', 'immediate', 'stop')
      await endpoint.close()
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
