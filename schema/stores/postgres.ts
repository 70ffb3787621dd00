/**
 * The FileStore over node-postgres: for a Hyperdrive binding (`env.HYPERDRIVE.connectionString`), or any Postgres that can be
 * reached from here. In workerd the driver needs Node's modules, which are there from compatibility date 2026-08-04, and
 * it is large; so this is to be imported only where it is used. Each transaction has a connection of its own, and all its
 * statements travel at once. Invariant: what it throws is a StoreError, and no timer or socket outlives a call (either
 * would keep a Durable Object from hibernating).
 */

/// <reference path="./pg-client.d.ts" />
import Client from 'pg/lib/client.js'
import { endsInTime, type Rows, type Statement, type Transact } from '../statement.ts'
import { type FileStore, StoreError } from '../store.ts'
import { toStoreError } from '../store-error.ts'
import { checkConnectionString } from './connection-string.ts'
import { sqlStore } from './sql.ts'

const DEFAULT_TIMEOUT_MS = 10_000

/** One snapshot for all reads, so that a flush in between cannot show a room half old, half new. */
const BEGIN = {
  read: 'begin isolation level repeatable read, read only',
  write: 'begin isolation level read committed',
} as const

export interface PostgresStoreOptions {
  /** After how many ms without a whole answer a call is given up as `unavailable`; 10,000 by default. */
  readonly timeoutMs?: number
}

/** The store behind a connection string (`postgresql://user:password@host:port/database?sslmode=…`). */
export function postgresStore(connectionString: string, options: PostgresStoreOptions = {}): FileStore {
  return sqlStore(postgresTransact(connectionString, options))
}

/** Runs statements there. Nothing is sent until the first call, so a wrong string shows there, as StoreError('credentials'). */
export function postgresTransact(connectionString: string, options: PostgresStoreOptions = {}): Transact {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS

  const transact: Transact = async (access, statements) => {
    checkConnectionString(connectionString)
    const client = clientOf(connectionString)
    // A connection that breaks fails whatever is asked of it, and that is where it is heard of.
    client.on('error', () => {})
    const late = deadline(timeoutMs)
    try {
      const rows = await Promise.race([
        run(client, BEGIN[access], [endsInTime(timeoutMs), ...statements]),
        late.passed.then(tooLate),
      ])
      // What is committed is committed, however long the goodbye takes.
      await Promise.race([client.end(), late.passed])
      return rows
    } catch (error) {
      throw toStoreError(error)
    } finally {
      late.clear()
      client.connection.stream.destroy()
    }
  }

  function tooLate(): never {
    throw new StoreError('unavailable', `the database did not answer within ${timeoutMs} ms`)
  }

  return transact
}

/** The driver's client, not connected yet. What it says of a setting it cannot use may quote the string, and is not told. */
function clientOf(connectionString: string): Client {
  try {
    return new Client({ connectionString, pipeline: true })
  } catch {
    throw new StoreError(
      'credentials',
      'the connection string of the database has settings that cannot be used',
    )
  }
}

/** Connects and runs the statements. After one that fails, Postgres skips the others and takes `commit` for a rollback. */
async function run(client: Client, begin: string, statements: readonly Statement[]): Promise<Rows[]> {
  await client.connect()
  const asked = [
    client.query(begin),
    ...statements.map(({ sql, params }) => client.query(sql, [...params])),
    client.query('commit'),
  ]
  const answers = await Promise.allSettled(asked)
  const rows = answers.map((answer) => {
    if (answer.status === 'rejected') throw answer.reason
    return answer.value.rows
  })
  // Without `begin`, what comes with it, and `commit`.
  return rows.slice(2, -1)
}

interface Deadline {
  readonly passed: Promise<void>
  clear(): void
}

function deadline(ms: number): Deadline {
  let pass = () => {}
  const passed = new Promise<void>((resolve) => {
    pass = resolve
  })
  const timer = setTimeout(pass, ms)
  return { passed, clear: () => clearTimeout(timer) }
}
