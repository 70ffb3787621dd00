/**
 * A private Postgres server for tests: a new cluster in a temporary folder, on a free port of 127.0.0.1,
 * which can be stopped abruptly and restarted. If Postgres is not installed these tests are skipped,
 * except in CI, where they fail.
 */
import { execFile } from 'node:child_process'
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { migrate } from '../../../dev/migrate.ts'
import { startNeonEndpoint } from '../../../dev/postgres/neon-endpoint.ts'
import { openDatabase } from '../../../dev/postgres/open.ts'
import { freePort } from '../../../dev/stack/free-port.ts'

const run = promisify(execFile)
const INSTALLED = '/usr/lib/postgresql'

export interface PostgresServer {
  readonly connectionString: string
  /**
   * An endpoint for the server that speaks the Neon driver's protocol; it keeps
   * running while the server is stopped.
   */
  readonly endpoint: string
  query<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>
  /** A separate connection, for example to hold a lock. The caller ends it, unless the server does. */
  connect(): Promise<Client>
  /** Stops abruptly, as by loss of power; on restart, recovery brings back what was committed. */
  stop(): Promise<void>
  /** Resolves when it accepts connections. */
  start(): Promise<void>
  close(): Promise<void>
}

/** The program folder of the newest installed Postgres; null if there is none. */
export async function postgresPrograms(): Promise<string | null> {
  const versions = await readdir(INSTALLED).catch(() => [])
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  return newest === undefined ? null : join(INSTALLED, newest, 'bin')
}

/** Creates and starts a cluster, and migrates its database. @param programs from `postgresPrograms` */
export async function startPostgresServer(programs: string): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'edgeroom-postgres-'))
  const isRoot = process.getuid?.() === 0
  if (isRoot) {
    const { stdout } = await run('id', ['-u', 'postgres'])
    await chown(folder, Number(stdout), -1)
  }
  // Postgres refuses to run as root. The commands inherit none of our pipes, or we
  // would wait until the server ends.
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
    // The server may end the connection; a pending query gets the error.
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
      // Before anything else, in case a later step fails; a test may have stopped it already.
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
