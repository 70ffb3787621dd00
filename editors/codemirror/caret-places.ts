/**
 * Where carets are drawn. To measure one costs the browser a look at its layout, and with a hundred carets each edit would
 * cost a hundred; so what was measured in a line is used again while the line has the same text, for a second at most:
 * fonts, colours and widths may change what the text takes.
 *
 * Knows no people: a caret is a place in the text, and the answer one in pixels of a layer.
 */
import { Direction, type EditorView, RectangleMarker } from '@codemirror/view'

/** How long a measured place is used, in ms. */
const GOOD_MS = 1_000

/** What was measured of a caret in its line; pixels, from the top of the line and the left of the layer. */
interface Measured {
  readonly left: number
  readonly top: number
  readonly height: number
}

export class CaretPlaces {
  /** By the text of a line, and the units before the caret. */
  #known = new Map<string, Map<number, Measured>>()
  #since = 0
  #width = 0

  /** The place of each caret; null for one outside of what is drawn. @param heads in UTF-16 units */
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
    // Where something is folded, what stands before a caret is not the text of its line alone.
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

/** Where the top left corner of what scrolls is, in pixels from that of the window: what the places of a layer count from. */
function baseOf({ scrollDOM, scaleX, scaleY, textDirection }: EditorView): Base {
  const { left, right, top } = scrollDOM.getBoundingClientRect()
  const start = textDirection === Direction.LTR ? left : right - scrollDOM.clientWidth * scaleX
  return { left: start - scrollDOM.scrollLeft * scaleX, top: top - scrollDOM.scrollTop * scaleY }
}
