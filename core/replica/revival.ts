/**
 * Files that come back: as it stands with what is pending, and what was removed while this client was here. What a file was the room
 * knows; a replica that never had its text needs the seq of its removal alone.
 */
import type {
  Change,
  Commit,
  CommittedChange,
  CreateChange,
  Entry,
  ReviveChange,
} from '../protocol/messages.ts'

/** A file that is to come back. Its removal may still wait here: then `seq` is 0, until the commit of that is known. */
export interface Revival extends ReviveChange {
  /** Where it was, and is shown until the room says where it is. */
  readonly path: string
}

/**
 * A file that is made once more with the text that it had here, where nobody knows whether that is the text that was removed: the room
 * is asked to bring it back, as by a `revive`, and its text takes the place of this one.
 */
interface Assumption {
  /** The commit that removed it; 0 until that is known. */
  readonly revives?: number
}

/** What waits in a replica. */
export type Draft = (Exclude<Change, CreateChange> | (CreateChange & Assumption) | Revival) & Reversal

/** A draft that makes a file, or brings it back. */
export type Creation = (CreateChange & Assumption) | Revival

/** Of a change of the list of files that undoes or redoes another. */
interface Reversal {
  /** The keys of what carried the change that it reverses, and of those that this one had reversed in turn. Never sent. */
  readonly back?: readonly number[]
}

/** A file that was removed, and by which commit: all that is needed to bring it back. */
export interface RemovedFile {
  readonly file: string
  /** where it was */
  readonly path: string
  readonly seq: number
  /** Unix ms, by the room's clock */
  readonly at: number
  readonly user: string
}

const MOST_REMOVED = 100

/** What was removed while this client was here and is not back, the newest first. */
export class RemovedFiles {
  #list: readonly RemovedFile[] = []

  get list(): readonly RemovedFile[] {
    return this.#list
  }

  /** A change that was committed. What says too little to be undone is passed over. */
  follow(change: CommittedChange, { user }: Entry, { seq, at }: Commit): void {
    if (change.type !== 'remove' && change.type !== 'create') return
    const { file, path } = change
    this.#drop((removed) => removed.file === file)
    if (change.type !== 'remove' || path === undefined || change.was === undefined) return
    this.#list = [{ file, path, seq, at, user }, ...this.#list].slice(0, MOST_REMOVED)
  }

  /** These files are here, however they came back. */
  present(files: Iterable<string>): void {
    const here = new Set(files)
    this.#drop(({ file }) => here.has(file))
  }

  #drop(isGone: (removed: RemovedFile) => boolean): void {
    if (this.#list.some(isGone)) this.#list = this.#list.filter((removed) => !isGone(removed))
  }
}

/** Whether a draft makes the file, or brings it back. */
export function isCreationOf(change: Draft, file: string): change is Creation & Reversal {
  return (change.type === 'create' || change.type === 'revive') && change.file === file
}

/** The commit from which the room brings the file of a draft back, 0 until that is known; undefined for what is no such draft. */
export function revivedFrom(draft: Draft): number | undefined {
  if (draft.type === 'revive') return draft.seq
  return draft.type === 'create' ? draft.revives : undefined
}

/** A draft as the room is asked for it. */
export function submittedOf(draft: Draft): Change | ReviveChange {
  const seq = revivedFrom(draft)
  if (seq !== undefined && (draft.type === 'revive' || draft.type === 'create'))
    return { type: 'revive', file: draft.file, seq }
  return withoutBack(draft) as Change
}

/** A draft as it is kept, and told: keys mean nothing elsewhere. */
export function withoutBack<D extends Draft>(draft: D): D {
  if (draft.back === undefined) return draft
  const { back: _, ...rest } = draft
  return rest as D
}
