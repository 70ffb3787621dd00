/**
 * A peer's caret with its name label, as a content widget of Monaco: it lies over the text and never in it, so that it
 * neither moves the text nor breaks a ligature. The label comes back whenever the peer has moved.
 *
 * Knows no rooms and no texts: where it is is given as a position.
 */
import type { editor, IPosition } from 'monaco-editor'
import { showName } from '../labels.ts'
import type { PeerCursors } from '../peer-cursors.ts'

/** Pixels a label may need, above its caret and to the right of it. */
const LABEL_HEIGHT = 22
const LABEL_WIDTH = 150

const EXACT: editor.ContentWidgetPositionPreference.EXACT = 0

export class Caret implements editor.IContentWidget {
  readonly #id: string
  readonly #width: () => number
  readonly #node = document.createElement('div')
  #position: IPosition = { lineNumber: 1, column: 1 }
  #moves = -1
  /** What is drawn, but for the place. */
  #shown = ''

  /** @param width pixels of the text area now, beyond which a label would be cut off */
  constructor(id: string, width: () => number) {
    this.#id = id
    this.#width = width
    // Who is here is told in words elsewhere; what a screen reader reads is the text.
    this.#node.setAttribute('aria-hidden', 'true')
  }

  /**
   * Draws the caret, unless it shows already what it should; answers whether it stands elsewhere than before.
   * @param color the class that sets the colour @param height pixels of the line @param isNamed the name may be shown
   */
  show(peer: PeerCursors, color: string, position: IPosition, height: number, isNamed: boolean): boolean {
    const { lineNumber, column } = this.#position
    const hasMoved = lineNumber !== position.lineNumber || column !== position.column
    this.#position = position
    const shown = `${color} ${height} ${peer.name} ${isNamed}`
    if (shown !== this.#shown) {
      const { classList, style } = this.#node
      for (const name of [...classList]) if (name.startsWith('edgeroom-color-')) classList.remove(name)
      classList.add('edgeroom-caret', color)
      classList.toggle('edgeroom-caret-unnamed', !isNamed)
      style.height = `${height}px`
      const label = this.#node.firstElementChild
      if (label) label.textContent = peer.name
    }
    this.#shown = shown
    if (this.#moves !== peer.moves) showName(this.#node, 'edgeroom-caret-label', peer.name)
    this.#moves = peer.moves
    return hasMoved
  }

  getId(): string {
    return this.#id
  }

  getDomNode(): HTMLElement {
    return this.#node
  }

  getPosition(): editor.IContentWidgetPosition {
    return { position: this.#position, preference: [EXACT] }
  }

  /** Spares Monaco the measuring: the label counts for nothing. */
  beforeRender(): { width: number; height: number } {
    return { width: 2, height: 0 }
  }

  /** Keeps the label within the editor. @param at pixels from the top left corner of what is in view */
  afterRender(_: unknown, at: editor.IContentWidgetRenderedCoordinate | null): void {
    if (!at) return
    const { top, left } = at
    this.#node.classList.toggle('edgeroom-caret-below', top < LABEL_HEIGHT)
    this.#node.classList.toggle(
      'edgeroom-caret-before',
      left > LABEL_WIDTH && left + LABEL_WIDTH > this.#width(),
    )
  }
}
