/**
 * Keeps the user's selections and view in place while others change the text. By itself Monaco moves a
 * cursor behind remote text inserted at it, grows selections, and lets the visible lines shift when lines
 * are inserted above.
 *
 * It knows one editor and its model, and not who made a change.
 */
import type { editor, IPosition, IRange, ISelection } from 'monaco-editor'
import type { Edit, SelectionRange } from '../../client/types.ts'
import { mapOwn, mapPlace } from '../places.ts'

/** Maps positions of a model; an ITextModel does. */
export type Places = Pick<editor.ITextModel, 'getPositionAt' | 'getOffsetAt'>

/** The part of an editor that is needed; an ICodeEditor has it. */
export interface ViewHost {
  getModel(): unknown
  getSelections(): readonly ISelection[] | null
  setSelections(selections: readonly ISelection[], source?: string): void
  revealPositionInCenterIfOutsideViewport(position: IPosition): void
  getVisibleRanges(): readonly IRange[]
  getTopForLineNumber(line: number): number
  getScrollTop(): number
  setScrollTop(pixels: number, scrollType?: editor.ScrollType): void
}

/** The `source` of selection changes that were caused by a text change and not by the user. */
export const MOVED = 'edgeroom'

const IMMEDIATE: editor.ScrollType.Immediate = 1

export class OwnView {
  readonly #host: ViewHost
  readonly #model: Places

  constructor(host: ViewHost, model: Places) {
    this.#host = host
    this.#model = model
  }

  /** Changes the model by `apply`, then restores selections and view to the same text. */
  through(edits: readonly Edit[], apply: () => void): void {
    if (this.#host.getModel() !== this.#model) {
      apply()
      return
    }
    const selections = selectionsOf(this.#host, this.#model)
    const top = this.#top()
    apply()
    this.#select(selections.map((selection) => mapOwn(selection, edits)))
    if (top) {
      const { lineNumber } = this.#model.getPositionAt(mapPlace(top.units, edits, 1))
      if (lineNumber !== top.line)
        this.#host.setScrollTop(this.#host.getTopForLineNumber(lineNumber) + top.pixels, IMMEDIATE)
    }
  }

  /** Moves the cursor to a position and reveals it. @param units UTF-16 units of the text */
  goTo(units: number): void {
    if (this.#host.getModel() !== this.#model) return
    this.#select([{ anchor: units, head: units }])
    this.#host.revealPositionInCenterIfOutsideViewport(this.#model.getPositionAt(units))
  }

  #select(ranges: readonly SelectionRange[]): void {
    const wanted = ranges.map(({ anchor, head }): ISelection => {
      const start = this.#model.getPositionAt(anchor)
      const position = this.#model.getPositionAt(head)
      return {
        selectionStartLineNumber: start.lineNumber,
        selectionStartColumn: start.column,
        positionLineNumber: position.lineNumber,
        positionColumn: position.column,
      }
    })
    const now = this.#host.getSelections() ?? []
    // Correct selections are left alone: setting them would interrupt keyboard input.
    if (
      wanted.length === 0 ||
      (now.length === wanted.length && wanted.every((one, i) => isSame(one, now[i])))
    )
      return
    this.#host.setSelections(wanted, MOVED)
  }

  /**
   * The first visible line, and the pixels of it scrolled out; null at the top of the text, where the view
   * stays.
   */
  #top(): { line: number; units: number; pixels: number } | null {
    const scrolled = this.#host.getScrollTop()
    const line = this.#host.getVisibleRanges()[0]?.startLineNumber
    if (scrolled <= 0 || line === undefined) return null
    const units = this.#model.getOffsetAt({ lineNumber: line, column: 1 })
    return { line, units, pixels: scrolled - this.#host.getTopForLineNumber(line) }
  }
}

/** The selections of an editor in UTF-16 units, the primary one first. */
export function selectionsOf(host: Pick<ViewHost, 'getSelections'>, model: Places): SelectionRange[] {
  return (host.getSelections() ?? []).map((selection) => ({
    anchor: model.getOffsetAt({
      lineNumber: selection.selectionStartLineNumber,
      column: selection.selectionStartColumn,
    }),
    head: model.getOffsetAt({
      lineNumber: selection.positionLineNumber,
      column: selection.positionColumn,
    }),
  }))
}

/** The visible part of the text in UTF-16 units; null while nothing is visible. */
export function viewportOf(host: Pick<ViewHost, 'getVisibleRanges'>, model: Places): SelectionRange | null {
  const ranges = host.getVisibleRanges()
  const first = ranges[0]
  const last = ranges.at(-1)
  if (!first || !last) return null
  return {
    anchor: model.getOffsetAt({ lineNumber: first.startLineNumber, column: first.startColumn }),
    head: model.getOffsetAt({ lineNumber: last.endLineNumber, column: last.endColumn }),
  }
}

function isSame(one: ISelection, other: ISelection | undefined): boolean {
  return (
    one.selectionStartLineNumber === other?.selectionStartLineNumber &&
    one.selectionStartColumn === other.selectionStartColumn &&
    one.positionLineNumber === other.positionLineNumber &&
    one.positionColumn === other.positionColumn
  )
}
