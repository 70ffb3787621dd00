/**
 * The production store over an embedded Postgres: the suites of all stores and of Postgres stores, and its
 * round trips.
 */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { FileStore } from '../../schema/store.ts'
import { neonStore } from '../../schema/stores/neon.ts'
import { startTestDatabase, type TestDatabase } from '../support/servers/postgres.ts'
import { describeDatabaseStore } from './contract/database.contract.ts'
import { largeBatch } from './contract/large.contract.ts'
import { batchOf, commitOf, fileOf } from './contract/samples.ts'
import { describeStore } from './contract/store.contract.ts'

const storeOf = ({ connectionString, endpoint }: TestDatabase) =>
  neonStore(connectionString, { endpoint, timeoutMs: 60_000 })

describeStore('the Neon store', async () => {
  const database = await startTestDatabase()
  return { store: storeOf(database), close: () => database.close() }
})

describeDatabaseStore('the Neon store', startTestDatabase, storeOf)

describe('the Neon store', () => {
  let database: TestDatabase
  let store: FileStore

  beforeAll(async () => {
    database = await startTestDatabase()
    store = storeOf(database)
  }, 60_000)
  afterAll(() => database?.close())

  async function roundTrips(call: () => Promise<unknown>): Promise<number> {
    const sent = vi.spyOn(globalThis, 'fetch')
    try {
      await call()
      return sent.mock.calls.length
    } finally {
      sent.mockRestore()
    }
  }

  it('takes one round trip per call, and none for an empty request', async () => {
    const files = [fileOf('a', 1), fileOf('b', 1)]
    expect(await roundTrips(() => store.flush(batchOf('r', 1, { files, commits: [commitOf(1)] })))).toBe(1)
    expect(await roundTrips(() => store.load('r'))).toBe(1)
    expect(await roundTrips(() => store.texts('r', ['a', 'b']))).toBe(1)
    expect(await roundTrips(() => store.commits('r', 0, 1))).toBe(1)
    expect(await roundTrips(() => store.texts('r', []))).toBe(0)
  })

  it('takes one per part of a flush beyond 4 Mi units', async () => {
    expect(await roundTrips(() => store.flush(largeBatch('r')))).toBe(3)
  })
})
