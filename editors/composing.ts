/**
 * How long what others changed waits for a composition (an input method, the keyboard of a phone). Text that comes into a line
 * while something is composed in it makes browsers and editors lose letters or double them; so it waits until the
 * composition is through, but never longer than a person would take for a lost connection. Then a composition that it would
 * spoil is ended, as by a click elsewhere: what was composed so far stays, once.
 *
 * Knows neither texts nor editors.
 */

import type { Edit } from '../client/types.ts'
import { mapPlace } from './places.ts'

/** The longest time that a change waits, in ms. */
export const LONGEST_WAIT_MS = 10_000

/** How long after a look the next one comes while something waits, in ms. */
export const LOOK_MS = 50

/** Where text waits to come into an editor: what is between the editor's text and the file's. */
export interface Waiting {
  /** Whether the file has something that the editor has not got. */
  readonly waits: boolean
  /** Where a place of the editor's text is in the file's, in UTF-16 units. */
  readonly inFile: (units: number, side: -1 | 1) => number
  /** Where a place of the file's text is in the editor's, in UTF-16 units. */
  readonly inEditor: (units: number, side: -1 | 1) => number
}

export class CompositionWait {
  readonly #isComposing: () => boolean
  readonly #end: () => boolean
  #since: number | null = null
  #isEnding = false

  /**
   * @param isComposing whether a composition is under way now
   * @param end called when the time is up: ends the composition where what waits would spoil it, and answers whether
   * it did
   */
  constructor(isComposing: () => boolean, end: () => boolean) {
    this.#isComposing = isComposing
    this.#end = end
  }

  /** Whether what is there to bring must wait still; asked again until it need not. */
  mustWait(): boolean {
    if (this.#isComposing()) {
      this.#since ??= performance.now()
      if (performance.now() - this.#since < LONGEST_WAIT_MS) return true
      // What was composed comes in by events of its own: the next look is soon enough.
      if (!this.#isEnding && this.#end()) {
        this.#isEnding = true
        return true
      }
    }
    this.#since = null
    this.#isEnding = false
    return false
  }
}

/** A line of the editor's text. */
interface Line {
  /** In UTF-16 units. */
  readonly from: number
  readonly text: string
}

/** Which part of an editor's text is being composed, as far as its changes tell. */
export class Composed {
  #range: { readonly from: number; readonly to: number } | null = null

  /** The editor was changed. @param edits refer to the text before @param isComposing whether by the composition */
  changed(edits: readonly Edit[], isComposing: boolean): void {
    if (this.#range)
      this.#range = { from: mapPlace(this.#range.from, edits, -1), to: mapPlace(this.#range.to, edits, 1) }
    let shift = 0
    for (const { at, remove, insert } of isComposing ? edits : []) {
      const [from, to] = [at + shift, at + shift + insert.length]
      const known = this.#range ?? { from, to }
      this.#range = { from: Math.min(from, known.from), to: Math.max(to, known.to) }
      shift += insert.length - remove
    }
  }

  /** Nothing is composed any more. */
  forget(): void {
    this.#range = null
  }

  /**
   * Where the composition is: what was composed, and the word around it, which a phone takes into it.
   * @param cursor in UTF-16 units @param line the one of the cursor
   */
  around(cursor: number, { from, text }: Line): { from: number; to: number } {
    const end = from + text.length
    const within = (units: number) => Math.max(from, Math.min(units, end)) - from
    const range = this.#range ?? { from: cursor, to: cursor }
    const before = /[\p{L}\p{M}\p{N}_]*$/u.exec(text.slice(0, within(range.from)))?.[0] ?? ''
    const after = /^[\p{L}\p{M}\p{N}_]*/u.exec(text.slice(within(range.to)))?.[0] ?? ''
    return { from: range.from - before.length, to: range.to + after.length }
  }
}
