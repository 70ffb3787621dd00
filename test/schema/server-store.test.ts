/**
 * Both stores over a Postgres server, if TEST_DATABASE_URL names one whose user may create databases. The
 * databases of the run are created for it and dropped afterwards.
 */

import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNeonEndpoint } from '../../dev/postgres/neon-endpoint.ts'
import { openDatabase } from '../../dev/postgres/open.ts'
import type { FileStore } from '../../schema/store.ts'
import { neonStore } from '../../schema/stores/neon.ts'
import { postgresStore } from '../../schema/stores/postgres.ts'
import { describeIf, needsServer } from '../support/needs.ts'
import type { TestDatabase } from '../support/servers/postgres.ts'
import { describeDatabaseStore } from './contract/database.contract.ts'
import { batchOf, commitOf, fileOf } from './contract/samples.ts'
import { describeStore } from './contract/store.contract.ts'
import { serverUrl, startServerDatabase } from './store-server.ts'

/** Generous, for calls whose timeout is not the point. */
const PATIENCE = { timeoutMs: 60_000 }

interface Place {
  readonly connectionString: string
  readonly endpoint: string
  /** Default: PATIENCE. */
  readonly timeoutMs?: number
}

const STORES: readonly [string, (place: Place) => FileStore][] = [
  [
    'the Neon store over a Postgres server',
    ({ connectionString, endpoint, timeoutMs = PATIENCE.timeoutMs }) =>
      neonStore(connectionString, { endpoint, timeoutMs }),
  ],
  [
    'the Postgres store',
    ({ connectionString, timeoutMs = PATIENCE.timeoutMs }) => postgresStore(connectionString, { timeoutMs }),
  ],
]

if (serverUrl === '') {
  describeIf(needsServer(serverUrl), 'both stores', () => {
    it('pass the suite on a Postgres server when TEST_DATABASE_URL names one', () => {})
  })
} else {
  for (const [name, storeOf] of STORES) {
    describeStore(name, async () => {
      const database = await startServerDatabase()
      return { store: storeOf(database), close: () => database.close() }
    })
    describeDatabaseStore(name, startServerDatabase, storeOf)
    describeConnections(name, storeOf)
  }
  describeOwnConnections()
}

function describeConnections(name: string, storeOf: (place: Place) => FileStore): void {
  describe(`${name} and its connections`, () => {
    let database: TestDatabase

    beforeAll(async () => {
      database = await startServerDatabase()
    })
    afterAll(() => database?.close())

    it.each<[string, (url: URL) => void, string]>([
      ['password', (url) => Object.assign(url, { password: 'wrong' }), '28P01'],
      ['database', (url) => Object.assign(url, { pathname: '/no_such_database' }), '3D000'],
    ])('reports credentials if the %s is wrong', async (_, spoil, sqlstate) => {
      const url = new URL(database.connectionString)
      spoil(url)
      const store = storeOf({ connectionString: url.href, endpoint: database.endpoint })
      const error = await store.load('any').catch((thrown: unknown) => thrown)
      // A server with `trust` accepts any password.
      if (error === null) expect(sqlstate).toBe('28P01')
      else expect(error).toMatchObject({ kind: 'credentials', sqlstate })
    })

    it('is unavailable if its connections are cut, and works on the next call', async () => {
      const store = storeOf(database)
      await database.query(
        'create function cut() returns trigger as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$ language plpgsql',
      )
      await database.query('create trigger cut before insert on rooms for each row execute function cut()')
      await expect(store.flush(batchOf('cut', 1))).rejects.toMatchObject({ kind: 'unavailable' })
      expect(await store.load('cut')).toBeNull()
      await database.query('drop trigger cut on rooms')
    })

    it('leaves no connection waiting for a locked row', async () => {
      const store = storeOf({ ...database, timeoutMs: 1000 })
      await store.flush(batchOf('held', 1))
      const holder = new Client({ connectionString: database.connectionString })
      await holder.connect()
      try {
        await holder.query('begin')
        await holder.query("select 1 from rooms where room = 'held' for update")
        await expect(store.flush(batchOf('held', 2))).rejects.toMatchObject({ kind: 'unavailable' })
        const waiting = async () => {
          const [row] = await database.query<{ count: number }>(
            "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
          )
          return row?.count
        }
        // The row is still locked.
        await expect.poll(waiting, { timeout: 2_000 }).toBe(0)
      } finally {
        await holder.end()
      }
    })

    it('is unavailable if the server cannot be reached', async () => {
      const nowhere = await openDatabase({ url: 'postgresql://a:b@127.0.0.1:1/main' })
      const endpoint = await startNeonEndpoint(nowhere)
      const store = storeOf({ connectionString: nowhere.connectionString, endpoint: endpoint.url })
      await expect(store.load('any')).rejects.toMatchObject({ kind: 'unavailable' })
      await endpoint.close()
      await nowhere.close()
    })

    it('reads one snapshot during concurrent writes', async () => {
      const store = storeOf(database)
      await store.flush(batchOf('busy', 1, { files: [fileOf('a', 1)] }))
      const flushes = Array.from({ length: 20 }, (_, at) =>
        store.flush(batchOf('busy', at + 2, { files: [fileOf('a', at + 2)], commits: [commitOf(at + 2)] })),
      )
      const loads = Array.from({ length: 20 }, () => store.load('busy'))
      for (const loaded of await Promise.all(loads)) expect(loaded?.files[0]?.revision).toBe(loaded?.seq)
      await Promise.all(flushes)
      expect(await store.load('busy')).toMatchObject({ seq: 21, files: [{ revision: 21 }] })
    })
  })
}

/** What only a store with its own connections can get wrong. */
function describeOwnConnections(): void {
  describe('the Postgres store', () => {
    let database: TestDatabase

    beforeAll(async () => {
      database = await startServerDatabase()
    })
    afterAll(() => database?.close())

    async function connections(): Promise<number | undefined> {
      const [row] = await database.query<{ count: number }>(
        'select count(*)::int from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
      return row?.count
    }

    it('leaves no connection behind', async () => {
      const store = postgresStore(database.connectionString, PATIENCE)
      await Promise.all([store.flush(batchOf('r', 1)), store.load('r'), store.texts('r', ['a'])])
      const refused = batchOf('r', 2, { files: [fileOf('a', 2, { text: null })] })
      await expect(store.flush(refused)).rejects.toMatchObject({ kind: 'refused' })
      await expect.poll(connections).toBe(0)
    })

    it('gives up waiting for a lock, and leaves no connection behind', async () => {
      const store = postgresStore(database.connectionString, { timeoutMs: 1000 })
      await store.flush(batchOf('locked', 1))
      const holder = new Client({ connectionString: database.connectionString })
      await holder.connect()
      await holder.query('begin')
      await holder.query("select 1 from rooms where room = 'locked' for update")
      await expect(store.flush(batchOf('locked', 2))).rejects.toMatchObject({ kind: 'unavailable' })
      await holder.end()
      await expect.poll(connections, { timeout: 10_000 }).toBe(0)
    })
  })
}
