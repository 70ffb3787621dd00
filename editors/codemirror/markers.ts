/**
 * DOM of remote carets and selections. A marker is redrawn only when something visible changed: its
 * position, the peer's name or colour. The name label reappears when the peer has moved.
 *
 * It knows no rooms and no documents: positions are pixels measured by CodeMirror.
 */
import type { LayerMarker, RectangleMarker } from '@codemirror/view'
import { showName } from '../labels.ts'
import type { PeerCursors } from '../peer-cursors.ts'

/** Pixels that a label may need above and to the right of its caret. */
const LABEL_HEIGHT = 22
const LABEL_WIDTH = 150

export class CaretMarker implements LayerMarker {
  readonly #peer: PeerCursors
  readonly #place: RectangleMarker
  readonly #width: number
  readonly #isNamed: boolean

  /**
   * @param width pixels of the editor, where labels are cut off
   * @param isNamed whether the name may be shown
   */
  constructor(peer: PeerCursors, place: RectangleMarker, width: number, isNamed: boolean) {
    this.#peer = peer
    this.#place = place
    this.#width = width
    this.#isNamed = isNamed
  }

  eq(other: CaretMarker): boolean {
    return (
      this.#place.eq(other.#place) &&
      this.#width === other.#width &&
      this.#isNamed === other.#isNamed &&
      this.#peer.session === other.#peer.session &&
      this.#peer.name === other.#peer.name &&
      this.#peer.color === other.#peer.color &&
      this.#peer.moves === other.#peer.moves
    )
  }

  draw(): HTMLElement {
    const caret = document.createElement('div')
    showName(caret, 'cm-peer-label', this.#peer.name)
    this.#show(caret)
    return caret
  }

  update(caret: HTMLElement, before: CaretMarker): boolean {
    if (before.#peer.session !== this.#peer.session) return false
    if (this.eq(before)) return true
    if (before.#peer.moves !== this.#peer.moves) showName(caret, 'cm-peer-label', this.#peer.name)
    this.#show(caret)
    return true
  }

  #show(caret: HTMLElement): void {
    const { left, top, height } = this.#place
    const below = top < LABEL_HEIGHT ? ' cm-peer-below' : ''
    const before = left > LABEL_WIDTH && left + LABEL_WIDTH > this.#width ? ' cm-peer-before' : ''
    const unnamed = this.#isNamed ? '' : ' cm-peer-unnamed'
    caret.className = `cm-peer-caret${below}${before}${unnamed}`
    caret.style.left = `${left}px`
    caret.style.top = `${top}px`
    caret.style.height = `${height}px`
    if (caret.style.getPropertyValue('--peer') !== this.#peer.color)
      caret.style.setProperty('--peer', this.#peer.color)
    const label = caret.firstElementChild
    if (label && label.textContent !== this.#peer.name) label.textContent = this.#peer.name
  }
}

export class SelectionMarker implements LayerMarker {
  readonly #color: string
  readonly #place: RectangleMarker

  constructor(color: string, place: RectangleMarker) {
    this.#color = color
    this.#place = place
  }

  eq(other: SelectionMarker): boolean {
    return this.#color === other.#color && this.#place.eq(other.#place)
  }

  draw(): HTMLElement {
    const box = this.#place.draw()
    box.style.setProperty('--peer', this.#color)
    return box
  }

  update(box: HTMLElement, before: SelectionMarker): boolean {
    box.style.setProperty('--peer', this.#color)
    return this.#place.update(box, before.#place)
  }
}
