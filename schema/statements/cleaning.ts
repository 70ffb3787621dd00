/** A flush that brings nothing: it takes a room over, and so removes what a flush that broke off has left above its seq. */
import type { FlushBatch, StoredFileInfo, StoredRoom } from '../store.ts'

/**
 * @param heir the epoch and writer that the room has from then on
 * @param moved files of the room that get another path
 */
export function cleaning(
  stored: StoredRoom,
  heir: { readonly epoch: string; readonly writer: string },
  moved: readonly StoredFileInfo[],
): FlushBatch {
  const { room, seq, createdAt, policy, gaps, epoch, writer, lineage } = stored
  return {
    ...{ room, seq, createdAt, policy, gaps, ...heir },
    base: seq,
    takes: { epoch, writer },
    // What is stored is all that there is from now on.
    setAside: 0,
    lineage: writer === null ? lineage : [...lineage, writer],
    cleans: false,
    isWhole: true,
    files: [],
    removed: [],
    // What is above the room's seq counts as of that seq from now on.
    moved: moved.map(({ file, path, revision }) => ({ file, path, revision: Math.min(revision, seq) })),
    commits: [],
    clients: [],
    forgetsBefore: null,
  }
}
