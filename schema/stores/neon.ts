/**
 * The FileStore over Neon's serverless driver: each transaction is one HTTP round trip. Invariant: what it throws is a
 * StoreError, and no timer or request outlives a call (either would keep a Durable Object from hibernating). It holds
 * no connection; it runs wherever `fetch` does.
 */

import { neon, neonConfig } from '@neondatabase/serverless'
import { endsInTime, type Transact } from '../statement.ts'
import { type FileStore, StoreError } from '../store.ts'
import { toStoreError } from '../store-error.ts'
import { checkConnectionString } from './connection-string.ts'
import { sqlStore } from './sql.ts'

const DEFAULT_TIMEOUT_MS = 10_000

/** How a transaction is begun. One snapshot for all reads, so that a flush in between cannot show a room half old, half new. */
const MODES = {
  read: { isolationLevel: 'RepeatableRead', readOnly: true },
  write: { isolationLevel: 'ReadCommitted', readOnly: false },
} as const

/** How a call is sent: `fetchOptions` of the driver, with the endpoint beside what `fetch` takes. */
interface Sending extends RequestInit {
  readonly endpoint?: string | undefined
}

// The driver knows one endpoint for all its clients, but hands the options of each client to its fetch function.
neonConfig.fetchFunction = (url: string, { endpoint, ...init }: Sending) => fetch(endpoint ?? url, init)

export interface NeonStoreOptions {
  /** Where the `/sql` protocol is spoken; by default where Neon speaks it for the host of the connection string. */
  readonly endpoint?: string
  /** After how many ms without a whole answer a call is given up as `unavailable`; 10,000 by default. */
  readonly timeoutMs?: number
}

/** The store behind a connection string (`postgresql://user:password@host/database`). */
export function neonStore(connectionString: string, options: NeonStoreOptions = {}): FileStore {
  return sqlStore(neonTransact(connectionString, options))
}

/** Runs statements there. Nothing is sent until the first call, so a wrong string shows there, as StoreError('credentials'). */
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
