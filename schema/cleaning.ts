/** A flush that brings nothing: it takes a room over, and so removes what a flush that broke off has left above its seq. */
import type { FlushBatch, StoredRoom } from './store.ts'

/** @param heir the epoch and writer that the room has from then on */
export function cleaning(
  stored: StoredRoom,
  heir: { readonly epoch: string; readonly writer: string },
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
    commits: [],
    clients: [],
    forgetsBefore: null,
  }
}
