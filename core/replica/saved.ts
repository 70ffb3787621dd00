/**
 * What a replica saves so that a later life of the same client (after a reload, a crash, a week) can send
 * what was not acked, once. Plain data; texts are separate from the rest, since they are large and change
 * less often.
 */
import type { ClientLimits } from '../protocol/limits.ts'
import type { SavedCopy } from './copy.ts'
import type { SavedItem } from './pending.ts'
import type { SavedTurn } from './undo/history.ts'

export interface SavedReplica extends SavedCopy {
  readonly client: string
  readonly user: string | null
  readonly epoch: string | null
  /** Limits of the deployment; unknown in an older copy. */
  readonly limits?: ClientLimits | null
  /** `at` of commit `seq`; missing in data saved by older code. */
  readonly at?: number | null
  readonly lastN: number
  readonly items: readonly SavedItem[]
  /** Which of these items undo or redo others; missing in data saved by older code. */
  readonly turns?: readonly SavedTurn[]
}
