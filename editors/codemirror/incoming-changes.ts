/**
 * Brings remote changes and cursors into one view, in one transaction per frame. It runs right after
 * CodeMirror has read typed input and measured the layout: a transaction in between would make it drop the
 * input and lose the scroll position. During a composition the text waits.
 *
 * Invariant: the first visible line stays in place, whatever changes above it.
 */
import type { ChangeSet, TransactionSpec } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { CHECK_MS, CompositionWait, type Waiting } from '../composing.ts'

/** Source of remote cursors. */
export interface CursorSource {
  /** The update to bring into the view now; null for none. @param withText whether text changes with it */
  take(withText: boolean): TransactionSpec | null
}

/** Source of remote text changes. */
export interface TextSource extends Waiting {
  /** The changes that the view does not have; null for none. */
  take(): TransactionSpec | null
  /** Whether they would change what is being composed. */
  readonly touchesComposition: boolean
}

/** Time in ms to wait for a frame: pages in the background have none. */
const NO_FRAME_MS = 250

/** A line with at most this many pixels visible does not count as the first visible line. */
const EDGE = 4

export class IncomingChanges {
  static readonly #made = new WeakMap<EditorView, IncomingChanges>()

  /** The instance of a view. */
  static of(view: EditorView): IncomingChanges {
    const made = IncomingChanges.#made.get(view) ?? new IncomingChanges(view)
    IncomingChanges.#made.set(view, made)
    return made
  }

  #text: TextSource | null = null
  #cursors: CursorSource | null = null
  readonly #view: EditorView
  readonly #wait: CompositionWait
  readonly #key = {}
  #timer: ReturnType<typeof setTimeout> | undefined
  #isDue = false

  private constructor(view: EditorView) {
    this.#view = view
    this.#wait = new CompositionWait(
      () => view.compositionStarted,
      () => this.#endComposition(),
    )
  }

  /** Text source of the view; null when it is not bound. */
  get text(): TextSource | null {
    return this.#text
  }

  /** Sets the source of text. Returns a function that unsets it. */
  bringText(source: TextSource): () => void {
    this.#text = source
    return () => {
      if (this.#text === source) this.#text = null
      this.#rest()
    }
  }

  /** Sets the source of cursors. Returns a function that unsets it. */
  bringCursors(source: CursorSource): () => void {
    this.#cursors = source
    return () => {
      if (this.#cursors === source) this.#cursors = null
      this.#rest()
    }
  }

  /** Brings what has arrived with the next frame. */
  bringSoon(): void {
    if (this.#isDue) return
    this.#isDue = true
    this.#atFrame()
  }

  /** Brings what this user requested at once, unless a composition is in progress. */
  bringNow(): void {
    if (this.#view.compositionStarted) this.bringSoon()
    else this.#bring()
  }

  #rest(): void {
    if (this.#text !== null || this.#cursors !== null) return
    this.#isDue = false
    clearTimeout(this.#timer)
  }

  #atFrame(): void {
    // During a measurement CodeMirror accepts no transaction; right after it, all typed input has been read.
    this.#view.requestMeasure({ key: this.#key, read: () => queueMicrotask(() => this.#run()) })
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#run(), NO_FRAME_MS)
  }

  #run(): void {
    if (!this.#isDue) return
    if (!this.#text?.waits || !this.#wait.mustWait()) {
      this.#bring()
      return
    }
    this.#dispatch([this.#cursors?.take(false)])
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#atFrame(), CHECK_MS)
  }

  #bring(): void {
    this.#isDue = false
    clearTimeout(this.#timer)
    const text = this.#text?.take()
    this.#dispatch([text, this.#cursors?.take(text != null)])
  }

  #endComposition(): boolean {
    const { contentDOM } = this.#view
    // With an EditContext, CodeMirror loses the position of a composition on any change, even a distant one.
    const isLost = 'editContext' in contentDOM && contentDOM.editContext !== null
    if (!isLost && !this.#text?.touchesComposition) return false
    contentDOM.blur()
    this.#view.focus()
    return true
  }

  #dispatch(from: readonly (TransactionSpec | null | undefined)[]): void {
    const specs = from.filter((spec) => spec != null)
    if (specs.length === 0) return
    const top = specs.some(({ scrollIntoView }) => scrollIntoView) ? null : topOf(this.#view)
    const transaction = this.#view.state.update(...specs)
    this.#view.dispatch(transaction)
    measure(this.#view)
    if (top && transaction.docChanged) keep(this.#view, top, transaction.changes)
  }
}

interface Top {
  readonly units: number
  /** Pixels from the top of the window. */
  readonly pixels: number
}

/**
 * The first visible line; null at the top of the text, where the view stays. Forces a measurement if none
 * is current.
 */
function topOf(view: EditorView): Top | null {
  const { scrollDOM } = view
  if (scrollDOM.scrollTop <= 0) return null
  const height = scrollDOM.getBoundingClientRect().top + EDGE - view.documentTop
  const { from, top } = view.lineBlockAtHeight(height)
  return { units: from, pixels: top + view.documentTop }
}

/**
 * Makes CodeMirror measure, scroll and draw its layers now, in the frame that draws the update. By itself it
 * would do so in the frame after that, and each edit would cost two.
 */
function measure(view: EditorView): void {
  view.lineBlockAtHeight(0)
}

/**
 * Scrolls a line back to where it was. CodeMirror does this when it measures, but not at the end of the
 * text, nor for changes in that very line.
 */
function keep(view: EditorView, { units, pixels }: Top, changes: ChangeSet): void {
  const place = changes.mapPos(units, 1)
  const by = view.lineBlockAt(place).top + view.documentTop - pixels
  if (Math.abs(by) > 1) view.scrollDOM.scrollTop += by
}
