/**
 * What comes into one view from the room: the text and the cursors of the others, in one transaction per frame. It comes
 * right after CodeMirror has read what was typed and measured what is drawn: a transaction in between makes it drop the
 * one and forget where the view was scrolled to. While something is composed, the text waits.
 *
 * Invariant: the first line in view stays where it is, whatever changes above it.
 */
import type { ChangeSet, TransactionSpec } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { CompositionWait, LOOK_MS, type Waiting } from '../composing.ts'

/** Where the cursors of the others come from. */
export interface CursorSource {
  /** What is there to bring into the view now; null for nothing. @param withText the text changes with it */
  take(withText: boolean): TransactionSpec | null
}

/** Where the text comes from. */
export interface TextSource extends Waiting {
  /** What the view has not got; null for nothing. */
  take(): TransactionSpec | null
  /** Whether it would change what is composed in the view. */
  readonly touchesComposition: boolean
}

/** What a browser that draws no frames (a page in the background) is waited for, in ms. */
const NO_FRAME_MS = 250

/** Pixels by which a line may reach into view without being the first that can be seen. */
const EDGE = 4

export class Inflow {
  static readonly #made = new WeakMap<EditorView, Inflow>()

  /** The one of a view. */
  static of(view: EditorView): Inflow {
    const made = Inflow.#made.get(view) ?? new Inflow(view)
    Inflow.#made.set(view, made)
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

  /** The text that the view shows, from its file; null for a view that is not bound. */
  get text(): TextSource | null {
    return this.#text
  }

  /** Brings a text from now on; the answer ends that. */
  bringText(source: TextSource): () => void {
    this.#text = source
    return () => {
      if (this.#text === source) this.#text = null
      this.#rest()
    }
  }

  /** Brings cursors from now on; the answer ends that. */
  bringCursors(source: CursorSource): () => void {
    this.#cursors = source
    return () => {
      if (this.#cursors === source) this.#cursors = null
      this.#rest()
    }
  }

  /** Something has come in: it is brought with the next frame. */
  soon(): void {
    if (this.#isDue) return
    this.#isDue = true
    this.#atFrame()
  }

  /** Something has come in that this user asked for: it is brought at once, unless something is composed. */
  now(): void {
    if (this.#view.compositionStarted) this.soon()
    else this.#bring()
  }

  #rest(): void {
    if (this.#text !== null || this.#cursors !== null) return
    this.#isDue = false
    clearTimeout(this.#timer)
  }

  #atFrame(): void {
    // Within a measurement no transaction is taken, and right after it everything that was typed has been read.
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
    this.#timer = setTimeout(() => this.#atFrame(), LOOK_MS)
  }

  #bring(): void {
    this.#isDue = false
    clearTimeout(this.#timer)
    const text = this.#text?.take()
    this.#dispatch([text, this.#cursors?.take(text != null)])
  }

  #endComposition(): boolean {
    const { contentDOM } = this.#view
    // Of a composition in an EditContext CodeMirror loses the place by any change, also one far away.
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
    if (top && transaction.docChanged) keep(this.#view, top, transaction.changes)
  }
}

interface Top {
  readonly units: number
  /** Pixels from the top of the window. */
  readonly pixels: number
}

/** The first line in view; null at the top of the text, where one stays. Measures what is drawn, unless that was done. */
function topOf(view: EditorView): Top | null {
  const { scrollDOM } = view
  if (scrollDOM.scrollTop <= 0) return null
  const height = scrollDOM.getBoundingClientRect().top + EDGE - view.documentTop
  const { from, top } = view.lineBlockAtHeight(height)
  return { units: from, pixels: top + view.documentTop }
}

/**
 * Scrolls so that a line is where it was. CodeMirror does so by itself when it measures, but not at the end of the text,
 * nor for what comes in at the very line.
 */
function keep(view: EditorView, { units, pixels }: Top, changes: ChangeSet): void {
  const place = changes.mapPos(units, 1)
  // What is asked for first makes CodeMirror measure, and scroll.
  view.lineBlockAtHeight(0)
  const by = view.lineBlockAt(place).top + view.documentTop - pixels
  if (Math.abs(by) > 1) view.scrollDOM.scrollTop += by
}
