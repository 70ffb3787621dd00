/** How a client begins: anew, or where an earlier life of it left off. What is kept, and how, it does not know. */
import { randomId } from '../core/protocol/id.ts'
import { Replica } from '../core/replica/replica.ts'
import type { Persister, PersisterHost } from './offline/persister.ts'
import type { Rejection, Unsynced } from './types.ts'

export interface Start {
  readonly replica: Replica
  /** Begins to keep the work; null where it is not kept. */
  readonly keep: ((host: PersisterHost) => Persister) | null
  /** Whether an earlier life of this client left something. */
  readonly isKept: boolean
  /** What an earlier life handed back, and nobody has heard. */
  readonly unsynced: readonly Unsynced[]
  readonly rejected?: readonly Rejection[]
}

/** A client that nobody was before, of which nothing is kept. */
export function freshStart(): Start {
  return { replica: new Replica(randomId(crypto)), keep: null, isKept: false, unsynced: [] }
}
