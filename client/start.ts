/** The start of a client: fresh, or from stored work. It does not know how work is stored. */
import { randomId } from '../core/protocol/id.ts'
import { Replica } from '../core/replica/replica.ts'
import type { Persister, StoredRoom } from './offline/persister.ts'
import type { Rejection, Unsynced } from './types.ts'

export interface Start {
  readonly replica: Replica
  /** Starts storing the work; null when it is not stored. */
  readonly persist: ((room: StoredRoom) => Persister) | null
  /** Whether this continues an earlier client. */
  readonly isResumed: boolean
  /** Lost work that an earlier client had no listener for. */
  readonly unsynced: readonly Unsynced[]
  readonly rejected?: readonly Rejection[]
}

/** A new client whose work is not stored. */
export function freshStart(): Start {
  return { replica: new Replica(randomId(crypto)), persist: null, isResumed: false, unsynced: [] }
}
