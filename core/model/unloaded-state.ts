/**
 * Applies commits to a waking room without loading its texts, which stay on disk until needed. The size of
 * inserted text is known from the commit, but that of deleted text is not, so the size of an unloaded text
 * is an upper bound.
 */
import { isFileChange } from '../protocol/changes.ts'
import type { Change, Commit, CommittedFileChange } from '../protocol/messages.ts'
import { bytesOf } from '../text/units.ts'
import { blobOf, isWholeChange } from './blobs.ts'
import { applyChange, LogError, type RoomState } from './state.ts'

/**
 * Applies the commit that follows `state.seq`.
 * @param blobBytes UTF-8 bytes of content stored beside a commit
 * @throws LogError if `commit` is a different one, or changes a file that does not exist
 */
export function applyUnloaded(state: RoomState, commit: Commit, blobBytes: (blob: string) => number): void {
  if (commit.seq !== state.seq + 1) throw new LogError(`commit ${commit.seq} cannot follow ${state.seq}`)
  const { files } = state
  for (const { changes } of commit.entries) {
    for (const change of changes) {
      if (!isFileChange(change) || (change.type !== 'create' && change.type !== 'edit')) {
        // All other changes can be applied without content.
        applyChange(state, change as Change, commit.seq)
        continue
      }
      const { file } = change
      const bytes = bytesIn(change, blobBytes)
      if (change.type === 'create') {
        files.set({ file, path: change.path, revision: commit.seq, created: commit.seq, text: null })
        files.assume(file, bytes)
      } else {
        const record = files.get(file)
        if (record === undefined) throw new LogError(`no file ${file}`)
        files.set({ ...record, revision: commit.seq, text: null })
        files.assume(file, files.bytesOf(file) + bytes)
      }
    }
  }
  state.seq = commit.seq
}

/** UTF-8 bytes that a change inserts. For an op in a blob, the size of its JSON, which is larger. */
function bytesIn(change: CommittedFileChange, blobBytes: (blob: string) => number): number {
  const ref = blobOf(change)
  if (ref !== null) return blobBytes(ref.blob)
  if (!isWholeChange(change)) return 0
  if (change.type === 'create') return bytesOf(change.text)
  if (change.type !== 'edit') return 0
  let bytes = 0
  for (const part of change.op) if (typeof part === 'string') bytes += bytesOf(part)
  return bytes
}
