/**
 * The contract of every FileStore: one suite, run on each of them. It knows the interface and nothing of
 * SQL.
 */

import { afterAll, beforeAll, describe } from 'vitest'
import type { FileStore } from '../../../schema/store.ts'
import { describeClients } from './clients.contract.ts'
import { describeFences } from './fences.contract.ts'
import { describeLargeFlushes } from './large.contract.ts'
import { describeRows } from './rows.contract.ts'
import type { StoreUnderTest } from './under-test.ts'
import { describeWriters } from './writers.contract.ts'

export interface StoreHarness {
  readonly store: FileStore
  close(): Promise<void>
}

/** Declares the suite for the store that `open` makes. */
export function describeStore(name: string, open: () => Promise<StoreHarness>): void {
  describe(`${name} keeps the contract of a store`, () => {
    let harness: StoreHarness
    let rooms = 0
    const tested: StoreUnderTest = {
      get store() {
        return harness.store
      },
      newRoom: () => `room-${++rooms}`,
    }

    beforeAll(async () => {
      harness = await open()
    }, 60_000)
    afterAll(() => harness?.close())

    describeRows(tested)
    describeFences(tested)
    describeWriters(tested)
    describeClients(tested)
    describeLargeFlushes(tested)
  })
}
