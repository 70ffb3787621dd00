/**
 * The changes of an editor and its file since both had the same text: edits that the file does not have
 * yet, and edits that the editor does not have yet. Invariant: the editor's text with `bring()` equals the
 * file's text with `pass()`, whichever is done first.
 *
 * It knows no editor and no text: only edits, in UTF-16 units.
 */
import type { Edit } from '../client/types.ts'
import type { Waiting } from './composing.ts'
import { compose, rebase } from './edit-lists.ts'
import { mapPlace } from './places.ts'

export class Divergence implements Waiting {
  #own: readonly Edit[] = []
  #theirs: readonly Edit[] = []

  /** Edits of the editor that the file does not have, in the common text. */
  get own(): readonly Edit[] {
    return this.#own
  }

  /** Whether the file has changes that the editor does not have. */
  get waits(): boolean {
    return this.#theirs.length > 0
  }

  /** The edits that the editor lacks, in the editor's text. */
  get missing(): readonly Edit[] {
    return rebase(this.#own, this.#theirs)[1]
  }

  /** The editor changed. @param edits refer to the editor's text */
  editorChanged(edits: readonly Edit[]): void {
    this.#own = compose(this.#own, edits)
  }

  /** The file changed. @param edits refer to the file's text */
  fileChanged(edits: readonly Edit[]): void {
    this.#theirs = compose(this.#theirs, edits)
  }

  /** Returns the edits that the file lacks, in the file's text, and counts them as applied. */
  pass(): readonly Edit[] {
    const [own, theirs] = rebase(this.#own, this.#theirs)
    this.#own = []
    this.#theirs = theirs
    return own
  }

  /** Returns the edits that the editor lacks, in the editor's text, and counts them as applied. */
  bring(): readonly Edit[] {
    const [own, theirs] = rebase(this.#own, this.#theirs)
    this.#own = own
    this.#theirs = []
    return theirs
  }

  /** Both have the same text again. */
  forget(): void {
    this.#own = []
    this.#theirs = []
  }

  /** Maps a position in the editor's text to the file's. @param side which side of text inserted at it */
  readonly inFile = (units: number, side: -1 | 1) => mapPlace(units, this.#theirs, side)

  /** Maps a position in the file's text to the editor's. @param side which side of text removed at it */
  readonly inEditor = (units: number, side: -1 | 1) => {
    let shift = 0
    const back = this.#theirs.map(({ at, remove, insert }) => {
      const edit = { at: at + shift, remove: insert.length, insert: ' '.repeat(remove) }
      shift += insert.length - remove
      return edit
    })
    return mapPlace(units, back, side)
  }
}
