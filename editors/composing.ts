/**
 * Delays remote changes during a composition (input method, phone keyboard). Text inserted into a line
 * being composed makes browsers and editors lose or duplicate letters, so it waits for the end of the
 * composition, but not so long that it looks like a lost connection. Then a composition that it would
 * corrupt is ended, as by a click elsewhere: what was composed so far stays, once.
 *
 * It knows neither texts nor editors.
 */

import type { Edit } from '../client/types.ts'
import { mapPlace } from './places.ts'

/** Most ms that a change waits. */
export const LONGEST_WAIT_MS = 10_000

/** Interval in ms of checking whether a waiting change may go in. */
export const CHECK_MS = 50

/** Changes waiting to enter an editor: the difference between the editor's text and the file's. */
export interface Waiting {
  /** Whether the file has changes that the editor does not have. */
  readonly waits: boolean
  /** Maps a position in the editor's text to the file's, in UTF-16 units. */
  readonly inFile: (units: number, side: -1 | 1) => number
  /** Maps a position in the file's text to the editor's, in UTF-16 units. */
  readonly inEditor: (units: number, side: -1 | 1) => number
}

export class CompositionWait {
  readonly #isComposing: () => boolean
  readonly #end: () => boolean
  #since: number | null = null
  #isEnding = false

  /**
   * @param isComposing whether a composition is in progress
   * @param end called after the longest wait: ends the composition if the waiting changes would corrupt it,
   *   and returns whether it did
   */
  constructor(isComposing: () => boolean, end: () => boolean) {
    this.#isComposing = isComposing
    this.#end = end
  }

  /** Whether the waiting changes must still wait; to be called again until they need not. */
  mustWait(): boolean {
    if (this.#isComposing()) {
      this.#since ??= performance.now()
      if (performance.now() - this.#since < LONGEST_WAIT_MS) return true
      // The composed text arrives by its own events: check again at the next interval.
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

/** The range being composed, derived from the editor's changes. */
export class Composed {
  #range: { readonly from: number; readonly to: number } | null = null

  /**
   * The editor changed.
   * @param edits refer to the text before
   * @param isComposing whether the composition made them
   */
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

  /** The composition has ended. */
  forget(): void {
    this.#range = null
  }

  /**
   * Range of the composition: the composed text and the word around it, which phone keyboards include.
   * @param cursor in UTF-16 units @param line the line of the cursor
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
