/**
 * The FileStore over Neon's serverless driver: each transaction is one HTTP round trip. Invariant: it only
 * throws StoreError, and no timer or request outlives a call (either would keep a Durable Object from
 * hibernating). It holds no connection; it runs wherever `fetch` does.
 */

import { neon, neonConfig } from '@neondatabase/serverless'
import { endsInTime, type Transact } from '../statement.ts'
import { type FileStore, StoreError } from '../store.ts'
import { toStoreError } from '../store-error.ts'
import { checkConnectionString } from './connection-string.ts'
import { sqlStore } from './sql.ts'

const DEFAULT_TIMEOUT_MS = 10_000

/**
 * Transaction modes. Reads share one snapshot, so that a concurrent flush cannot show a room half old, half
 * new.
 */
const MODES = {
  read: { isolationLevel: 'RepeatableRead', readOnly: true },
  write: { isolationLevel: 'ReadCommitted', readOnly: false },
} as const

/** Options of a request: `fetchOptions` of the driver, plus the endpoint. */
interface Sending extends RequestInit {
  readonly endpoint?: string | undefined
}

// The driver has one endpoint for all its clients, but passes each client's options to its fetch function.
neonConfig.fetchFunction = (url: string, { endpoint, ...init }: Sending) => fetch(endpoint ?? url, init)

export interface NeonStoreOptions {
  /** The URL of the `/sql` protocol; default: Neon's, for the host of the connection string. */
  readonly endpoint?: string
  /** Timeout in ms after which a call fails as `unavailable`; default: 10,000. */
  readonly timeoutMs?: number
}

/** The store for a connection string (`postgresql://user:password@host/database`). */
export function neonStore(connectionString: string, options: NeonStoreOptions = {}): FileStore {
  return sqlStore(neonTransact(connectionString, options))
}

/**
 * Runs statements there. Nothing is sent before the first call, so an invalid string fails there, with
 * StoreError('credentials').
 */
export function neonTransact(connectionString: string, options: NeonStoreOptions = {}): Transact {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS

  const transact: Transact = async (access, statements) => {
    checkConnectionString(connectionString)
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), timeoutMs)
    const fetchOptions: Sending = { endpoint: options.endpoint, signal: abort.signal }
    try {
      const database = neon(connectionString, { fetchOptions })
      const queries = [endsInTime(timeoutMs), ...statements].map(({ sql, params }) =>
        database.query(sql, [...params]),
      )
      return (await database.transaction(queries, MODES[access])).slice(1)
    } catch (error) {
      if (abort.signal.aborted) {
        throw new StoreError('unavailable', `the database did not answer within ${timeoutMs} ms`)
      }
      throw toStoreError(error)
    } finally {
      clearTimeout(timer)
    }
  }

  return transact
}
