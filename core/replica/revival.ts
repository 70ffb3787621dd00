/**
 * Files that come back: the pending changes that create or revive them, which removal such a change undoes,
 * and the list of files removed while this client was here. The room knows the content of a removed file; a
 * replica that never had it needs only the seq of the removal.
 */
import type {
  Change,
  Commit,
  CommittedChange,
  CreateChange,
  Entry,
  ReviveChange,
} from '../protocol/messages.ts'

/** A file to be revived. If its removal is still pending, `seq` is 0 until the commit is known. */
export interface Revival extends ReviveChange {
  /** Its old path, shown until the room decides where it goes. */
  readonly path: string
}

/**
 * A file created again with the text it had here, when that may not be the text that was removed: the room
 * is asked to revive it, and its text replaces this one.
 */
interface Assumption {
  /** The commit that removed it; 0 until known. */
  readonly revives?: number
}

/** A pending change. */
export type Draft = (Exclude<Change, CreateChange> | (CreateChange & Assumption) | Revival) & Reversal

/** A draft that creates or revives a file. */
export type Creation = (CreateChange & Assumption) | Revival

/** Added to a change of the file list that undoes or redoes another. */
interface Reversal {
  /** Keys of the changes that this one reverses, and of those that they reversed in turn. Never sent. */
  readonly back?: readonly number[]
}

/** A removed file and the commit that removed it: all that is needed to restore it. */
export interface RemovedFile {
  readonly file: string
  /** Its last path. */
  readonly path: string
  readonly seq: number
  /** Unix ms, by the room's clock. */
  readonly at: number
  readonly user: string
}

/** The pending removals of a file so far, each with something known about the text that it removes. */
export class Removals<T> {
  readonly #known = new Map<number, T>()

  /** @param item holds the removal */
  add(item: { readonly key: number; readonly isCommitted: boolean }, known: T): void {
    if (!item.isCommitted) this.#known.set(item.key, known)
  }

  /** What is known about the text that a creation restores. */
  restoredBy({ back }: Draft): T | undefined {
    return back?.[0] === undefined ? undefined : this.#known.get(back[0])
  }

  /** Whether a creation restores the text of an earlier removal than these. */
  isOther(creation: Draft): boolean {
    const isKnown = creation.back !== undefined && this.#known.size > 0
    return isKnown && this.restoredBy(creation) === undefined
  }
}

const MOST_REMOVED = 100

/** Files that were removed while this client was here and have not come back, newest first. */
export class RemovedFiles {
  #list: readonly RemovedFile[] = []

  get list(): readonly RemovedFile[] {
    return this.#list
  }

  /** Applies a committed change. Removals without the data to undo them are skipped. */
  follow(change: CommittedChange, { user }: Entry, { seq, at }: Commit): void {
    if (change.type !== 'remove' && change.type !== 'create') return
    const { file, path } = change
    this.#drop((removed) => removed.file === file)
    if (change.type !== 'remove' || path === undefined || change.was === undefined) return
    this.#list = [{ file, path, seq, at, user }, ...this.#list].slice(0, MOST_REMOVED)
  }

  /** These files exist, however they came back. */
  present(files: Iterable<string>): void {
    const here = new Set(files)
    this.#drop(({ file }) => here.has(file))
  }

  #drop(isGone: (removed: RemovedFile) => boolean): void {
    if (this.#list.some(isGone)) this.#list = this.#list.filter((removed) => !isGone(removed))
  }
}

/** Whether a draft creates or revives the file. */
export function isCreationOf(change: Draft, file: string): change is Creation & Reversal {
  return (change.type === 'create' || change.type === 'revive') && change.file === file
}

/**
 * The commit from which the room revives the file of a draft, 0 until known; undefined for any other draft.
 */
export function revivedFrom(draft: Draft): number | undefined {
  if (draft.type === 'revive') return draft.seq
  return draft.type === 'create' ? draft.revives : undefined
}

/** A draft as submitted to the room. */
export function submittedOf(draft: Draft): Change | ReviveChange {
  const seq = revivedFrom(draft)
  if (seq !== undefined && (draft.type === 'revive' || draft.type === 'create'))
    return { type: 'revive', file: draft.file, seq }
  return withoutBack(draft) as Change
}

/** A draft without its keys, as saved and reported: keys are meaningless elsewhere. */
export function withoutBack<D extends Draft>(draft: D): D {
  if (draft.back === undefined) return draft
  const { back: _, ...rest } = draft
  return rest as D
}
