/**
 * What a replica holds of the room: the committed state as the log gives it, and the local texts of open files, which have
 * the pending changes on top. A text here is followed (each commit moves it), stale (commits pass it by until the room's
 * text comes), or not held at all. It knows nothing of what is pending: that is handed in as ops.
 */

import type { RoomFile, RoomFiles } from '../model/files.ts'
import { applyChange, emptyRoom, type RoomState } from '../model/state.ts'
import type { CommittedFileChange, FileChange, FileInfo } from '../protocol/messages.ts'
import type { TextOp } from '../text/op.ts'
import type { Text } from '../text/text.ts'

/** A committed text that the room's took the place of. */
export interface Replaced {
  readonly text: Text
  /** Nobody can tell what was committed between the two. */
  readonly pastGone: boolean
}

/** As much of a copy as outlives the page. */
export interface SavedCopy {
  readonly seq: number
  readonly files: readonly FileInfo[]
  /** Committed texts of open files, by file. */
  readonly texts: ReadonlyMap<string, Text>
  /** Those among them that did not stand at `seq`. */
  readonly stale: readonly string[]
}

export class Copy {
  #committed: RoomState = emptyRoom()
  /** Local texts of open files, and of files created here whose creation is pending. */
  readonly #local = new Map<string, Text>()
  readonly #open = new Set<string>()
  /** Files whose committed text here cannot be relied on, by whether the past since it stood is gone. */
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

  /** Files that are open, and whose committed text the room has to send (again). */
  get wanted(): string[] {
    return [...this.#open].filter((file) => this.isWanted(file))
  }

  /** Whether a file is open, and its committed text has to come (again). */
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

  /** Changes a local text. Answers what it was; undefined when none is held. */
  applyLocal(file: string, op: TextOp): Text | undefined {
    const before = this.#local.get(file)
    if (before !== undefined) this.#local.set(file, before.apply(op))
    return before
  }

  open(file: string): void {
    this.#open.add(file)
  }

  /** Nothing of the file's text is held any more. Answers whether the file was open. */
  close(file: string): boolean {
    this.#local.delete(file)
    this.#stale.delete(file)
    return this.#open.delete(file)
  }

  /** The room has removed the file, and will create it once more from here: what it has had is past. */
  renew(file: string): void {
    this.#stale.delete(file)
  }

  /** The room has removed the file, and will bring it back: it stays open, and its text has to come anew. */
  empty(file: string): void {
    this.#local.delete(file)
    this.#stale.delete(file)
  }

  /** The committed text cannot be relied on: commits pass it by until it comes anew. @param pastGone whether the past since it stood is gone */
  distrust(file: string, pastGone = false): void {
    if (!this.#stale.has(file)) this.#stale.set(file, { pastGone })
  }

  /** A committed change. Of a stale text only the revision moves. */
  apply(change: FileChange, seq: number): void {
    const record = this.files.get(change.file)
    if (change.type === 'edit' && this.#stale.has(change.file)) {
      if (record !== undefined) this.files.set({ ...record, revision: seq })
    } else {
      applyChange(this.#committed, change, seq)
    }
  }

  /** A committed change of our own, as it stands here: it fits a stale text, which has not moved since it became stale. */
  applyOwn(change: FileChange, seq: number): void {
    applyChange(this.#committed, change, seq)
  }

  /** The committed text is not kept: nobody here has the file open. */
  unload(file: string): void {
    const record = this.files.get(file)
    if (record !== undefined) this.files.set({ ...record, text: null })
  }

  /** The committed text of an open file is taken to be this, until the room's comes: nobody can tell what was committed since. */
  assume(file: string, text: Text): void {
    const record = this.files.get(file)
    if (record === undefined) return
    this.files.set({ ...record, text })
    this.distrust(file, true)
  }

  /** As `unload`, for a file that was created here: its local text goes too. */
  unloadCreated(file: string): void {
    this.#local.delete(file)
    this.unload(file)
  }

  /** The room's text of an open file, at `seq`. Answers what it replaces; null when there was none. */
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

  saved(): SavedCopy {
    const files = [...this.files.values()]
    const texts = files.flatMap(({ file, text }): [string, Text][] => {
      return text !== null && this.#open.has(file) ? [[file, text]] : []
    })
    const infos = files.map(({ file, path, revision }) => ({ file, path, revision }))
    return { seq: this.seq, files: infos, texts: new Map(texts), stale: [...this.#stale.keys()] }
  }

  /** A list without the past that led to it: the texts of open files become stale, others are not held any more. Answers the files that are gone. */
  reset(seq: number, files: readonly FileInfo[]): RoomFile[] {
    const old = this.files
    this.#committed = emptyRoom()
    this.#committed.seq = seq
    for (const { file, path, revision } of files) {
      // A text that is not open would be waited for, and never asked for.
      const text = this.#open.has(file) ? (old.get(file)?.text ?? null) : null
      this.files.set({ file, path, revision, created: 0, text })
      if (text !== null) this.#stale.set(file, { pastGone: true })
    }
    return [...old.values()].filter(({ file }) => this.files.get(file) === undefined)
  }
}

/** A change without its content: enough for the list of files. */
export function skim(change: CommittedFileChange): FileChange {
  if (change.type === 'create') return { ...change, text: '' }
  return change.type === 'edit' ? { ...change, op: [] } : change
}
