/**
 * A remote caret with its name label, as a content widget of Monaco: it is drawn over the text, not in it,
 * so it neither shifts the text nor breaks a ligature. The label reappears when the peer has moved.
 *
 * It knows no rooms and no texts, only a position.
 */
import type { editor, IPosition } from 'monaco-editor'
import { showName } from '../labels.ts'
import type { PeerCursors } from '../peer-cursors.ts'

/** Pixels that a label may need above and to the right of its caret. */
const LABEL_HEIGHT = 22
const LABEL_WIDTH = 150

const EXACT: editor.ContentWidgetPositionPreference.EXACT = 0

export class Caret implements editor.IContentWidget {
  readonly #id: string
  readonly #width: () => number
  readonly #node = document.createElement('div')
  #position: IPosition = { lineNumber: 1, column: 1 }
  #moves = -1
  /** What is drawn, without the position. */
  #shown = ''

  /** @param width pixels of the text area, where labels are cut off */
  constructor(id: string, width: () => number) {
    this.#id = id
    this.#width = width
    // Screen readers should read the text; the people are listed elsewhere.
    this.#node.setAttribute('aria-hidden', 'true')
  }

  /**
   * Draws the caret if anything visible changed. Returns whether its position changed.
   * @param color class that sets the colour @param height pixels of the line @param isNamed whether the
   *   name may be shown
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

  /** Saves Monaco measuring the widget: the label does not count. */
  beforeRender(): { width: number; height: number } {
    return { width: 2, height: 0 }
  }

  /** Keeps the label inside the editor. @param at pixels from the top left corner of the viewport */
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
