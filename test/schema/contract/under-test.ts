import type { FileStore } from '../../../schema/store.ts'

/** The store under test, and a name for a room that no other test has used. */
export interface StoreUnderTest {
  readonly store: FileStore
  newRoom(): string
}
