/**
 * Shows invisible characters (controls, bidirectional marks, Unicode separators) as visible marks. Replaces
 * CodeMirror's `highlightSpecialChars`, which does not move its marks when a remote change is outside of the
 * drawn range: they then hide other characters, or lie outside of the text.
 */
import type { Extension } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from '@codemirror/view'

// Tabs and line feeds are drawn as such.
const SPECIAL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the regex searches for control characters
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202d\u202e\u2066\u2067\u2069\ufeff\ufff9-\ufffc]/gu

class SpecialChar extends WidgetType {
  readonly #code: number

  constructor(code: number) {
    super()
    this.#code = code
  }

  override eq(other: SpecialChar): boolean {
    return other.#code === this.#code
  }

  override toDOM(): HTMLElement {
    const mark = document.createElement('span')
    const name = `Control character U+${this.#code.toString(16).toUpperCase().padStart(4, '0')}`
    mark.className = 'cm-specialChar'
    // The Unicode control pictures for ASCII controls, a bullet for all others.
    mark.textContent = this.#code < 32 ? String.fromCharCode(0x2400 + this.#code) : '\u2022'
    mark.title = name
    mark.setAttribute('aria-label', name)
    return mark
  }

  override ignoreEvent(): boolean {
    return false
  }
}

const decorator = new MatchDecorator({
  regexp: SPECIAL,
  decoration: ([char]) => Decoration.replace({ widget: new SpecialChar(char?.codePointAt(0) ?? 0) }),
})

class SpecialChars {
  marks: DecorationSet

  constructor(view: EditorView) {
    this.marks = decorator.createDeco(view)
  }

  update({ docChanged, viewportChanged, view }: ViewUpdate): void {
    // Recomputed in full: MatchDecorator's own update loses marks that are moved by a change outside of the
    // drawn range.
    if (docChanged || viewportChanged) this.marks = decorator.createDeco(view)
  }
}

/** The extension. */
export const specialChars: Extension = ViewPlugin.fromClass(SpecialChars, {
  decorations: ({ marks }) => marks,
})
