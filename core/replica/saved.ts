/**
 * What a replica leaves behind, so that a later life of the same client (after a reload, a crash, a week) can send what was not
 * acked, once. As data: texts are kept apart from the rest, since they are large and seldom change.
 */
import type { ClientLimits } from '../protocol/limits.ts'
import type { SavedCopy } from './copy.ts'
import type { SavedItem } from './pending.ts'
import type { SavedTurn } from './undo/history.ts'

export interface SavedReplica extends SavedCopy {
  readonly client: string
  readonly user: string | null
  readonly epoch: string | null
  /** What the deployment allowed; of an older copy that is not known. */
  readonly limits?: ClientLimits | null
  /** `at` of commit `seq`; left out in what older code saved. */
  readonly at?: number | null
  readonly lastN: number
  readonly items: readonly SavedItem[]
  /** What of these undoes or redoes others; left out in what older code saved. */
  readonly turns?: readonly SavedTurn[]
}
