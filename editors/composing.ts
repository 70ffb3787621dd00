/**
 * How long what others changed waits for a composition (an input method, the keyboard of a phone). Text that comes into a line
 * while something is composed in it makes browsers and editors lose letters or double them; so it waits until the
 * composition is through, but never longer than a person would take for a lost connection.
 *
 * Knows neither texts nor editors.
 */

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
  #since: number | null = null

  /** @param isComposing whether a composition is under way now */
  constructor(isComposing: () => boolean) {
    this.#isComposing = isComposing
  }

  /** Whether what is there to bring must wait still; asked again until it need not. */
  mustWait(): boolean {
    if (!this.#isComposing()) {
      this.#since = null
      return false
    }
    this.#since ??= performance.now()
    if (performance.now() - this.#since < LONGEST_WAIT_MS) return true
    this.#since = null
    return false
  }
}
