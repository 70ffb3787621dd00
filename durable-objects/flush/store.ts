/**
 * The store of a deployment: any Postgres through Hyperdrive, Neon (or what speaks its protocol) over HTTP,
 * or none.
 */

import type { Transact } from '../../schema/statement.ts'
import type { FileStore } from '../../schema/store.ts'
import { neonTransact } from '../../schema/stores/neon.ts'
import { sqlStore } from '../../schema/stores/sql.ts'
import type { DatabaseVars } from '../settings/database.ts'
import { ReadBreaker } from './read-breaker.ts'

/** The bindings that name a database. */
export interface DatabaseBindings extends DatabaseVars {
  /** Any Postgres through Hyperdrive; takes precedence over DATABASE_URL. */
  readonly HYPERDRIVE?: Hyperdrive
}

let isWarned = false
/** By address of the database, shared by all objects of this isolate. */
const breakers = new Map<string, ReadBreaker>()

/** Null if none is configured, which is logged once. */
export function storeOf(bindings: DatabaseBindings, timeoutMs: number): FileStore | null {
  const transact = transactOf(bindings, timeoutMs)
  if (transact !== null) return sqlStore(breakerOf(bindings, timeoutMs).guard(transact))
  if (!isWarned) {
    isWarned = true
    console.warn(
      'DATABASE_URL is not set: rooms exist only in their objects, and are never deleted from them.',
    )
  }
  return null
}

function breakerOf({ HYPERDRIVE, DATABASE_URL = '' }: DatabaseBindings, timeoutMs: number): ReadBreaker {
  const address = HYPERDRIVE?.connectionString ?? DATABASE_URL
  const breaker = breakers.get(address) ?? new ReadBreaker(timeoutMs)
  breakers.set(address, breaker)
  return breaker
}

/** Runs statements in the database; null if none is configured. Nothing is sent before the first call. */
export function transactOf(bindings: DatabaseBindings, timeoutMs: number): Transact | null {
  const { HYPERDRIVE: hyperdrive, DATABASE_URL: url = '', NEON_ENDPOINT: endpoint = '' } = bindings
  if (hyperdrive !== undefined) {
    return async (access, statements) => {
      // The Postgres driver is large and needs Node's modules, so it is loaded only if used, at the first
      // call.
      const { postgresTransact } = await import('../../schema/stores/postgres.ts')
      return postgresTransact(hyperdrive.connectionString, { timeoutMs })(access, statements)
    }
  }
  if (url === '') return null
  return neonTransact(url, { timeoutMs, ...(endpoint === '' ? {} : { endpoint }) })
}
