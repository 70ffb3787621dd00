/**
 * One open file in CodeMirror. While another file is shown it stays alive outside of the page, bound to its
 * file, and keeps its selection and folds. Knows no file list.
 */
import { defaultKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language'
import { Compartment, EditorState } from '@codemirror/state'
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  rectangularSelection,
  scrollPastEnd,
} from '@codemirror/view'
import type { OpenFile, Room, SelectionRange } from '../../client/types.ts'
import { collab, cursors, undoByRoom } from '../../editors/codemirror/index.ts'
import { editorTheme } from './codemirror-theme.ts'
import type { FileEditor, FileEditorEvents } from './file-editor.ts'
import { extensionOf, languageOf } from './languages.ts'
import { specialChars } from './special-chars.ts'

/** Read-only; the text can still be focused, selected and copied. */
const READ_ONLY = [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ tabindex: '0' }),
]

/** Pixels of a line that may be in view without it counting as visible. */
const EDGE = 4

export class FileView implements FileEditor {
  readonly file: OpenFile
  readonly view: EditorView
  readonly #events: FileEditorEvents
  readonly #language = new Compartment()
  readonly #named = new Compartment()
  readonly #writing = new Compartment()
  readonly #stop: () => void
  #path = ''
  #frame = 0

  constructor(room: Room, file: OpenFile, events: FileEditorEvents) {
    this.file = file
    this.#events = events
    this.view = new EditorView({
      doc: file.text,
      extensions: [
        collab(file, { onError: (error, refused) => events.failed(error, refused) }),
        undoByRoom(room, file),
        cursors(room, file),
        this.#language.of([]),
        this.#named.of([]),
        this.#writing.of([]),
        EditorState.allowMultipleSelections.of(true),
        indentUnit.of('  '),
        lineNumbers(),
        foldGutter(),
        specialChars,
        highlightActiveLine(),
        highlightActiveLineGutter(),
        drawSelection(),
        dropCursor(),
        rectangularSelection(),
        crosshairCursor(),
        indentOnInput(),
        bracketMatching(),
        scrollPastEnd(),
        keymap.of([...defaultKeymap, ...foldKeymap, indentWithTab]),
        EditorView.updateListener.of((update) => {
          // To CodeMirror every edit changes geometry and viewport, also one that moves no line.
          const hasMoved = update.docChanged
            ? update.state.doc.lines !== update.startState.doc.lines
            : update.geometryChanged || update.viewportChanged
          if (hasMoved) this.#scrolled()
        }),
        EditorView.domEventHandlers({ scroll: () => this.#scrolled() }),
        editorTheme,
      ],
    })
    this.pathChanged()
    this.#stop = file.on('removed', () => this.setReadOnly(true))
  }

  get dom(): HTMLElement {
    return this.view.dom
  }

  shown(): void {
    this.view.requestMeasure()
    this.#scrolled()
  }

  focus(): void {
    this.view.focus()
  }

  /** Applies the file's path: language by extension, and the label for screen readers. */
  pathChanged(): void {
    const { path } = this.file
    if (path === this.#path) return
    this.#path = path
    const prose = ['md', 'txt', ''].includes(extensionOf(path))
    this.view.dispatch({
      effects: this.#named.reconfigure([
        EditorView.contentAttributes.of({ 'aria-label': `Text of ${path}` }),
        prose ? EditorView.lineWrapping : [],
      ]),
    })
    languageOf(path).then(
      (language) => {
        if (path === this.#path) this.view.dispatch({ effects: this.#language.reconfigure(language) })
      },
      // Without a language the file can still be edited, only without colours.
      (error: unknown) => console.warn(`no colours for ${path}:`, error),
    )
  }

  setReadOnly(isReadOnly: boolean): void {
    const mayNot = isReadOnly || this.file.removed
    if (mayNot === this.view.state.readOnly) return
    const hadFocus = this.view.hasFocus
    this.view.dispatch({ effects: this.#writing.reconfigure(mayNot ? READ_ONLY : []) })
    // Browsers move the focus away when `contenteditable` changes.
    if (hadFocus) this.view.focus()
  }

  get visible(): SelectionRange | null {
    const { scrollDOM, documentTop } = this.view
    if (!scrollDOM.isConnected) return null
    const { top, bottom } = scrollDOM.getBoundingClientRect()
    const first = this.view.lineBlockAtHeight(top - documentTop + EDGE)
    const last = this.view.lineBlockAtHeight(bottom - documentTop - EDGE)
    return { anchor: first.from, head: last.to }
  }

  showFrom(units: number): void {
    const { from } = this.view.lineBlockAt(this.#within(units))
    if (from === this.visible?.anchor) return
    this.view.dispatch({ effects: EditorView.scrollIntoView(from, { y: 'start', yMargin: 0 }) })
  }

  reveal(units: number): void {
    const place = this.#within(units)
    const { visible } = this
    if (visible && place >= visible.anchor && place <= visible.head) return
    this.view.dispatch({ effects: EditorView.scrollIntoView(place, { y: 'center' }) })
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame)
    this.#stop()
    this.view.destroy()
  }

  #within(units: number): number {
    return Math.min(units, this.view.state.doc.length)
  }

  #scrolled(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      this.#events.scrolled()
    })
  }
}
