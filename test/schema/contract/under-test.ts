import type { FileStore } from '../../../schema/store.ts'

/** The store under test, and a room name unique to the test. */
export interface StoreUnderTest {
  readonly store: FileStore
  newRoom(): string
}
