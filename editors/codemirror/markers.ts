/**
 * What a peer's caret and selection look like in the DOM. A marker is drawn again exactly when something that shows
 * has changed: its place, the peer's name or colour; the name label comes back whenever the peer has moved.
 *
 * Knows no rooms and no documents: places are pixels, measured by CodeMirror.
 */
import type { LayerMarker, RectangleMarker } from '@codemirror/view'
import { showName } from '../labels.ts'
import type { PeerCursors } from '../peer-cursors.ts'

/** Pixels a label may need, above its caret and to the right of it. */
const LABEL_HEIGHT = 22
const LABEL_WIDTH = 150

export class CaretMarker implements LayerMarker {
  readonly #peer: PeerCursors
  readonly #place: RectangleMarker
  readonly #width: number
  readonly #isNamed: boolean

  /** @param width pixels of the editor, beyond which a label would be cut off @param isNamed the name may be shown */
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
