/**
 * The FileStore over node-postgres: for a Hyperdrive binding (`env.HYPERDRIVE.connectionString`), or any
 * reachable Postgres. In workerd the driver needs Node's modules, which are available from compatibility
 * date 2026-08-04, and it is large, so import this only where it is used. Each transaction has its own
 * connection, and all its statements are pipelined. Invariant: it only throws StoreError, and no timer or
 * socket outlives a call (either would keep a Durable Object from hibernating).
 */

/// <reference path="./pg-client.d.ts" />
import Client from 'pg/lib/client.js'
import { endsInTime, type Rows, type Statement, type Transact } from '../statement.ts'
import { type FileStore, StoreError } from '../store.ts'
import { toStoreError } from '../store-error.ts'
import { checkConnectionString } from './connection-string.ts'
import { sqlStore } from './sql.ts'

const DEFAULT_TIMEOUT_MS = 10_000

/** Reads share one snapshot, so that a concurrent flush cannot show a room half old, half new. */
const BEGIN = {
  read: 'begin isolation level repeatable read, read only',
  write: 'begin isolation level read committed',
} as const

export interface PostgresStoreOptions {
  /** Timeout in ms after which a call fails as `unavailable`; default: 10,000. */
  readonly timeoutMs?: number
}

/** The store for a connection string (`postgresql://user:password@host:port/database?sslmode=…`). */
export function postgresStore(connectionString: string, options: PostgresStoreOptions = {}): FileStore {
  return sqlStore(postgresTransact(connectionString, options))
}

/**
 * Runs statements there. Nothing is sent before the first call, so an invalid string fails there, with
 * StoreError('credentials').
 */
export function postgresTransact(connectionString: string, options: PostgresStoreOptions = {}): Transact {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS

  const transact: Transact = async (access, statements) => {
    checkConnectionString(connectionString)
    const client = clientOf(connectionString)
    // A broken connection fails its pending queries, and that is where the error is handled.
    client.on('error', () => {})
    const late = deadline(timeoutMs)
    try {
      const rows = await Promise.race([
        run(client, BEGIN[access], [endsInTime(timeoutMs), ...statements]),
        late.passed.then(tooLate),
      ])
      // The commit is done, however long closing the connection takes.
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

/**
 * The driver's client, not connected yet. The driver's error for an invalid option may quote the string, so
 * it is replaced.
 */
function clientOf(connectionString: string): Client {
  try {
    return new Client({ connectionString, pipeline: true })
  } catch {
    throw new StoreError('credentials', 'the connection string of the database has invalid options')
  }
}

/**
 * Connects and runs the statements. If one fails, Postgres skips the rest and turns `commit` into a
 * rollback.
 */
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
  // Without `begin`, the first statement (endsInTime), and `commit`.
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
