/** Compares what removals and restorations carry with the texts that the log itself makes. */

import { inlineBlobs } from '../../../core/model/blobs.ts'
import { applyChange, emptyRoom } from '../../../core/model/state.ts'
import type { Commit } from '../../../core/protocol/messages.ts'
import type { StoredCommit } from '../../../schema/store.ts'

/**
 * @param log all commits, in order
 * @returns how many removed files were restored
 * @throws Error naming the commit whose removal has another path or text than the file had
 */
export function checkRemovals(log: readonly StoredCommit[]): number {
  const state = emptyRoom()
  const removed = new Set<string>()
  let returns = 0
  for (const { seq, body, blobs } of log) {
    const commit: Commit = JSON.parse(body)
    const whole = inlineBlobs(commit, (blob) => blobs?.[blob])
    for (const change of whole.entries.flatMap(({ changes }) => changes)) {
      if (change.type === 'remove') {
        const file = state.files.get(change.file)
        const was = typeof change.was === 'object' ? blobs?.[change.was.blob] : change.was
        if (file?.path !== change.path || file?.text?.toString() !== was)
          throw new Error(`commit ${seq} removes ${change.file} with another path or text than it had`)
        removed.add(change.file)
      } else if (change.type === 'create' && removed.has(change.file)) returns++
      applyChange(state, change, seq)
    }
  }
  return returns
}
