/**
 * A flush without new data: it takes a room over, and thereby removes what an interrupted flush left above
 * its seq.
 */
import type { FlushBatch, StoredFileInfo, StoredRoom } from '../store.ts'

/**
 * @param heir the room's new epoch and writer
 * @param moved files of the room that get a new path
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
    // From now on, what is stored is the whole room.
    setAside: 0,
    lineage: writer === null ? lineage : [...lineage, writer],
    cleans: false,
    isWhole: true,
    files: [],
    removed: [],
    // What is above the room's seq now counts as of that seq.
    moved: moved.map(({ file, path, revision }) => ({ file, path, revision: Math.min(revision, seq) })),
    commits: [],
    clients: [],
    forgetsBefore: null,
  }
}
