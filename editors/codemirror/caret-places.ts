/**
 * Positions of remote carets in pixels. Measuring one forces a layout, and with a hundred carets each edit
 * would measure a hundred, so measurements of a line are reused while its text is the same, for at most a
 * second: fonts, themes and widths may change the layout.
 *
 * It knows no people: only positions in the text, and pixels of a layer.
 */
import { Direction, type EditorView, RectangleMarker } from '@codemirror/view'

/** Time in ms that a measurement is reused. */
const GOOD_MS = 1_000

/** Measurement of a caret: pixels from the top of its line and the left of the layer. */
interface Measured {
  readonly left: number
  readonly top: number
  readonly height: number
}

export class CaretPlaces {
  /** By the text of the line, then by the caret's offset in it. */
  #known = new Map<string, Map<number, Measured>>()
  #since = 0
  #width = 0

  /** The position of each caret; null outside the drawn range. @param heads in UTF-16 units */
  of(view: EditorView, heads: readonly number[]): (RectangleMarker | null)[] {
    const { clientWidth } = view.scrollDOM
    const now = performance.now()
    if (now - this.#since > GOOD_MS || clientWidth !== this.#width) {
      this.#known = new Map()
      this.#since = now
    }
    this.#width = clientWidth
    let base: Base | null = null
    const baseNow = () => {
      base ??= baseOf(view)
      return base
    }
    return heads.map((head) => this.#placeOf(view, head, baseNow))
  }

  #placeOf(view: EditorView, head: number, base: () => Base): RectangleMarker | null {
    const { viewport, state, scaleY, documentPadding } = view
    if (head < viewport.from || head > viewport.to) return null
    const line = state.doc.lineAt(head)
    const block = view.lineBlockAt(head)
    // With folds or widgets, what is drawn before a caret is not only the text of its line.
    const isPlain = block.from === line.from && block.to === line.to && !Array.isArray(block.type)
    if (!isPlain || scaleY !== 1) return this.#measure(view, head, 0, base)?.marker ?? null
    const lineTop = block.top + documentPadding.top
    const known = this.#known.get(line.text) ?? new Map<number, Measured>()
    this.#known.set(line.text, known)
    const old = known.get(head - line.from)
    if (old) return new RectangleMarker('', old.left, old.top + lineTop, null, old.height)
    const measured = this.#measure(view, head, lineTop, base)
    if (measured) known.set(head - line.from, measured)
    return measured?.marker ?? null
  }

  #measure(view: EditorView, head: number, lineTop: number, base: () => Base) {
    const at = view.coordsAtPos(head)
    if (!at) return null
    const { left, top } = base()
    const height = at.bottom - at.top
    const marker = new RectangleMarker('', at.left - left, at.top - top, null, height)
    return { left: at.left - left, top: at.top - top - lineTop, height, marker }
  }
}

interface Base {
  readonly left: number
  readonly top: number
}

/** The top left corner of the scrolled content, relative to the window: the origin of layer positions. */
function baseOf({ scrollDOM, scaleX, scaleY, textDirection }: EditorView): Base {
  const { left, right, top } = scrollDOM.getBoundingClientRect()
  const start = textDirection === Direction.LTR ? left : right - scrollDOM.clientWidth * scaleX
  return { left: start - scrollDOM.scrollLeft * scaleX, top: top - scrollDOM.scrollTop * scaleY }
}
