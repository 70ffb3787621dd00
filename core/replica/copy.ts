/**
 * A replica's copy of the room: the committed state according to the log, and the local texts of open files,
 * which include the pending changes. A committed text is followed (each commit updates it), stale (commits
 * skip it until the room's text arrives), or not held at all. Knows nothing about pending changes: the
 * caller passes them in as ops.
 */

import type { RoomFile, RoomFiles } from '../model/files.ts'
import { applyChange, emptyRoom, type RoomState } from '../model/state.ts'
import type { CommittedFileChange, FileChange, FileInfo } from '../protocol/messages.ts'
import type { TextOp } from '../text/op.ts'
import type { Text } from '../text/text.ts'

/** A committed text that was replaced by the room's. */
export interface Replaced {
  readonly text: Text
  /** What was committed between the two is unknown. */
  readonly pastGone: boolean
}

/** The part of a copy that is saved across page loads. */
export interface SavedCopy {
  readonly seq: number
  readonly files: readonly FileInfo[]
  /** Committed texts of open files, by file. */
  readonly texts: ReadonlyMap<string, Text>
  /** Files whose text is not the one at `seq`. */
  readonly stale: readonly string[]
}

export class Copy {
  #committed: RoomState = emptyRoom()
  /** Local texts of open files, and of files whose creation is pending. */
  readonly #local = new Map<string, Text>()
  readonly #open = new Set<string>()
  /**
   * Files whose committed text here cannot be relied on, and whether the commits since then are unavailable.
   */
  readonly #stale = new Map<string, { readonly pastGone: boolean }>()

  get seq(): number {
    return this.#committed.seq
  }

  set seq(seq: number) {
    this.#committed.seq = seq
  }

  get files(): RoomFiles {
    return this.#committed.files
  }

  /** Open files whose committed text the room has to send (again). */
  get wanted(): string[] {
    return [...this.#open].filter((file) => this.isWanted(file))
  }

  /** Whether a file is open and its committed text has to be sent (again). */
  isWanted(file: string): boolean {
    const record = this.#open.has(file) ? this.files.get(file) : undefined
    return record !== undefined && (record.text === null || this.#stale.has(file))
  }

  get isAnyStale(): boolean {
    return this.#stale.size > 0
  }

  isOpen(file: string): boolean {
    return this.#open.has(file)
  }

  isStale(file: string): boolean {
    return this.#stale.has(file)
  }

  /** Whether commits keep the text of a file up to date here. */
  follows(file: string): boolean {
    return this.committedText(file) !== null && !this.#stale.has(file)
  }

  committedText(file: string): Text | null {
    return this.files.get(file)?.text ?? null
  }

  localText(file: string): Text | undefined {
    return this.#local.get(file)
  }

  setLocal(file: string, text: Text): void {
    this.#local.set(file, text)
  }

  /** Changes a local text. Returns the previous one; undefined if there is none. */
  applyLocal(file: string, op: TextOp): Text | undefined {
    const before = this.#local.get(file)
    if (before !== undefined) this.#local.set(file, before.apply(op))
    return before
  }

  open(file: string): void {
    this.#open.add(file)
  }

  /** Drops everything about the file's text. Returns whether the file was open. */
  close(file: string): boolean {
    this.#local.delete(file)
    this.#stale.delete(file)
    return this.#open.delete(file)
  }

  /**
   * The room removed the file, and a pending creation makes it again: its previous state no longer matters.
   */
  renew(file: string): void {
    this.#stale.delete(file)
  }

  /** The room removed the file, and will revive it: it stays open, and its text has to be sent again. */
  empty(file: string): void {
    this.#local.delete(file)
    this.#stale.delete(file)
  }

  /**
   * The committed text cannot be relied on: commits skip it until it is sent again.
   * @param pastGone whether the commits since it was right are unavailable
   */
  distrust(file: string, pastGone = false): void {
    if (!this.#stale.has(file)) this.#stale.set(file, { pastGone })
  }

  /** Applies a committed change. For a stale text, only the revision changes. */
  apply(change: FileChange, seq: number): void {
    const record = this.files.get(change.file)
    if (change.type === 'edit' && this.#stale.has(change.file)) {
      if (record !== undefined) this.files.set({ ...record, revision: seq })
    } else {
      applyChange(this.#committed, change, seq)
    }
  }

  /**
   * Applies a committed change of our own, as transformed here: it fits even a stale text, which has not
   * changed since it became stale.
   */
  applyOwn(change: FileChange, seq: number): void {
    applyChange(this.#committed, change, seq)
  }

  /** The room has the file, with a text that is not known here. */
  addUnread(file: string, path: string): void {
    this.files.set({ file, path, revision: this.seq, created: this.seq, text: null })
  }

  /** Drops the committed text: the file is not open here. */
  unload(file: string): void {
    const record = this.files.get(file)
    if (record !== undefined) this.files.set({ ...record, text: null })
  }

  /**
   * Assumes this as the committed text of an open file until the room sends it: what was committed since is
   * unknown.
   */
  assume(file: string, text: Text): void {
    const record = this.files.get(file)
    if (record === undefined) return
    this.files.set({ ...record, text })
    this.distrust(file, true)
  }

  /** `unload` for a file that was created here: drops its local text too. */
  unloadCreated(file: string): void {
    this.#local.delete(file)
    this.unload(file)
  }

  /**
   * Receives the room's text of an open file, at `seq`. Returns the text it replaces; null if there was
   * none.
   */
  receiveText(file: string, text: Text): Replaced | null {
    const { pastGone = false } = this.#stale.get(file) ?? {}
    this.#stale.delete(file)
    const record = this.files.get(file)
    if (record === undefined || !this.#open.has(file)) return null
    this.files.set({ ...record, text })
    if (record.text !== null && this.#local.has(file)) return { text: record.text, pastGone }
    this.#local.set(file, text)
    return null
  }

  /** `receiveText` for a file whose local text has nothing of the committed one. */
  receiveCommitted(file: string, text: Text): void {
    this.#stale.delete(file)
    const record = this.files.get(file)
    if (record !== undefined && this.#open.has(file)) this.files.set({ ...record, text })
  }

  saved(): SavedCopy {
    const files = [...this.files.values()]
    const texts = files.flatMap(({ file, text }): [string, Text][] => {
      return text !== null && this.#open.has(file) ? [[file, text]] : []
    })
    const infos = files.map(({ file, path, revision }) => ({ file, path, revision }))
    return { seq: this.seq, files: infos, texts: new Map(texts), stale: [...this.#stale.keys()] }
  }

  /**
   * Replaces the file list without the commits that led to it: texts of open files become stale, others are
   * dropped. Returns the files that no longer exist.
   */
  reset(seq: number, files: readonly FileInfo[]): RoomFile[] {
    const old = this.files
    this.#committed = emptyRoom()
    this.#committed.seq = seq
    for (const { file, path, revision } of files) {
      // A text that is not open would be awaited but never requested.
      const text = this.#open.has(file) ? (old.get(file)?.text ?? null) : null
      this.files.set({ file, path, revision, created: 0, text })
      if (text !== null) this.#stale.set(file, { pastGone: true })
    }
    return [...old.values()].filter(({ file }) => this.files.get(file) === undefined)
  }
}

/** A change without its content: enough to maintain the file list. */
export function withoutContent(change: CommittedFileChange): FileChange {
  if (change.type === 'create') return { ...change, text: '' }
  return change.type === 'edit' ? { ...change, op: [] } : change
}
