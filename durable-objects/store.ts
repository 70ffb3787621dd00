/**
 * Which lasting copy a deployment has: any Postgres through Hyperdrive, Neon (or what speaks its protocol) over HTTP, or none.
 */

import { neonStore } from '../schema/neon-store.ts'
import type { FileStore } from '../schema/store.ts'
import type { Env } from './env.ts'

let isWarned = false

/** Null when none is configured, which is said in the log, once. */
export function storeOf(env: Env, timeoutMs: number): FileStore | null {
  if (env.HYPERDRIVE !== undefined) return lazily(env.HYPERDRIVE.connectionString, timeoutMs)
  if (env.DATABASE_URL !== undefined && env.DATABASE_URL !== '') {
    const endpoint = env.NEON_ENDPOINT
    return neonStore(env.DATABASE_URL, {
      timeoutMs,
      ...(endpoint === undefined || endpoint === '' ? {} : { endpoint }),
    })
  }
  if (!isWarned) {
    isWarned = true
    console.warn(
      'DATABASE_URL is not set: rooms live in their objects alone, and nothing is ever deleted there.',
    )
  }
  return null
}

/** The Postgres driver is large and needs Node's modules: it is loaded only where it is used, at the first call. */
function lazily(connectionString: string, timeoutMs: number): FileStore {
  const store = async () => {
    const { postgresStore } = await import('../schema/postgres-store.ts')
    return postgresStore(connectionString, { timeoutMs })
  }
  return {
    load: async (room) => (await store()).load(room),
    mark: async (room) => (await store()).mark(room),
    client: async (room, client) => (await store()).client(room, client),
    texts: async (room, files) => (await store()).texts(room, files),
    commits: async (room, after, upTo, wanted) => (await store()).commits(room, after, upTo, wanted),
    commitsWith: async (type, room, before, most) => (await store()).commitsWith(type, room, before, most),
    flush: async (batch) => (await store()).flush(batch),
  }
}
