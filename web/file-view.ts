/**
 * One open file as an editor. It lives on while another file is shown, out of the page but bound to its file, so that
 * its undo history, selection and folds are there when its user comes back. Knows no file list.
 */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language'
import { Compartment, EditorState } from '@codemirror/state'
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
  scrollPastEnd,
} from '@codemirror/view'
import type { OpenFile, Room } from '../client/types.ts'
import { collab, cursors } from '../editors/codemirror/index.ts'
import { editorTheme } from './editor-theme.ts'
import { extensionOf, languageOf } from './languages.ts'

export class FileView {
  readonly file: OpenFile
  readonly view: EditorView
  readonly #language = new Compartment()
  readonly #named = new Compartment()
  readonly #writing = new Compartment()
  #path = ''

  constructor(room: Room, file: OpenFile, onError: (error: Error) => void) {
    this.file = file
    this.view = new EditorView({
      doc: file.text,
      extensions: [
        collab(file, { onError }),
        cursors(room, file),
        this.#language.of([]),
        this.#named.of([]),
        this.#writing.of([]),
        EditorState.allowMultipleSelections.of(true),
        indentUnit.of('  '),
        lineNumbers(),
        foldGutter(),
        highlightSpecialChars(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        history(),
        drawSelection(),
        dropCursor(),
        rectangularSelection(),
        crosshairCursor(),
        indentOnInput(),
        bracketMatching(),
        scrollPastEnd(),
        keymap.of([...defaultKeymap, ...historyKeymap, ...foldKeymap, indentWithTab]),
        editorTheme,
      ],
    })
    this.pathChanged()
    file.on('removed', () => this.#setReadOnly())
    if (file.removed) this.#setReadOnly()
  }

  /** Takes over the file's path: the language by its extension, and what a screen reader says. */
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
      // Without its language the file is still there to edit, only in one colour.
      (error: unknown) => console.warn(`no colours for ${path}:`, error),
    )
  }

  /** Scrolls a place into view. @param units UTF-16 units in the text */
  reveal(units: number): void {
    const place = Math.min(units, this.view.state.doc.length)
    this.view.dispatch({ effects: EditorView.scrollIntoView(place, { y: 'center' }) })
  }

  destroy(): void {
    this.view.destroy()
  }

  #setReadOnly(): void {
    this.view.dispatch({ effects: this.#writing.reconfigure(EditorState.readOnly.of(true)) })
  }
}
