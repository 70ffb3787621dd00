/**
 * A room that wakes: its commits applied without its texts, which stay on the disk until somebody wants them. What a commit brings counts
 * for the sizes of the texts alone; what it deletes cannot be told without them, so a size is what a text has at most until it is loaded.
 */
import { isFileChange } from '../protocol/changes.ts'
import type { Change, Commit, CommittedFileChange } from '../protocol/messages.ts'
import { bytesOf } from '../text/units.ts'
import { blobOf, isWholeChange } from './blobs.ts'
import { applyChange, LogError, type RoomState } from './state.ts'

/**
 * Applies the commit that follows `state.seq`.
 * @param blobBytes UTF-8 bytes of content that lies beside a commit
 * @throws LogError when it is another one, or changes a file that is not there
 */
export function applyUnloaded(state: RoomState, commit: Commit, blobBytes: (blob: string) => number): void {
  if (commit.seq !== state.seq + 1) throw new LogError(`commit ${commit.seq} cannot follow ${state.seq}`)
  const { files } = state
  for (const { changes } of commit.entries) {
    for (const change of changes) {
      if (!isFileChange(change) || (change.type !== 'create' && change.type !== 'edit')) {
        // Nothing else needs its content to be applied.
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

/** UTF-8 bytes that a change puts into a text. Of an op beside its commit they are fewer than those of its JSON. */
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
