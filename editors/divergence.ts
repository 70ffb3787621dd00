/**
 * What an editor and its file have each done since both had the same text: the editor has edits that the file has not
 * got, and the file has edits that the editor has not got. Invariant: the editor's text with `bring()` is the file's
 * text with `pass()`, whichever of the two is done first.
 *
 * Knows no editor and no text: only edits, in UTF-16 units.
 */
import type { Edit } from '../client/types.ts'
import type { Waiting } from './composing.ts'
import { compose, rebase } from './edit-lists.ts'
import { mapPlace } from './places.ts'

export class Divergence implements Waiting {
  #own: readonly Edit[] = []
  #theirs: readonly Edit[] = []

  /** What the editor did and the file has not got, in the text that both had. */
  get own(): readonly Edit[] {
    return this.#own
  }

  /** Whether the file has something that the editor has not got. */
  get waits(): boolean {
    return this.#theirs.length > 0
  }

  /** The edits that the editor lacks, in the editor's text. */
  get missing(): readonly Edit[] {
    return rebase(this.#own, this.#theirs)[1]
  }

  /** The editor was changed. @param edits refer to the editor's text */
  changed(edits: readonly Edit[]): void {
    this.#own = compose(this.#own, edits)
  }

  /** The file was changed. @param edits refer to the file's text */
  heard(edits: readonly Edit[]): void {
    this.#theirs = compose(this.#theirs, edits)
  }

  /** The edits that the file lacks, in the file's text; it has them now. */
  pass(): readonly Edit[] {
    const [own, theirs] = rebase(this.#own, this.#theirs)
    this.#own = []
    this.#theirs = theirs
    return own
  }

  /** The edits that the editor lacks, in the editor's text; it has them now. */
  bring(): readonly Edit[] {
    const [own, theirs] = rebase(this.#own, this.#theirs)
    this.#own = own
    this.#theirs = []
    return theirs
  }

  /** Both have the same text. */
  forget(): void {
    this.#own = []
    this.#theirs = []
  }

  /** Where a place of the editor's text is in the file's. @param side where somebody inserts exactly there */
  readonly inFile = (units: number, side: -1 | 1) => mapPlace(units, this.#theirs, side)

  /** Where a place of the file's text is in the editor's. @param side where somebody removes exactly there */
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
