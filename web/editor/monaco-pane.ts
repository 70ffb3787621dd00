/**
 * One open file in Monaco. This module and its imports are a separate chunk, loaded when
 * somebody uses Monaco. While another file is shown it stays alive outside of the page, bound
 * to its file. Knows no file list.
 */
import type { OpenFile, Room, SelectionRange } from '../../client/types.ts'
import { type Binding, type CollabBinding, collab, cursors } from '../../editors/monaco/index.ts'
import { h } from '../ui/dom.ts'
import type { FileEditor, FileEditorEvents } from './file-editor.ts'
import { extensionOf } from './languages.ts'
import { languageIdOf, monaco } from './monaco-setup.ts'
import { setUpTheme, THEME } from './monaco-theme.ts'

setUpTheme()

/** Creates the editor for a file. */
export function openMonaco(room: Room, file: OpenFile, events: FileEditorEvents): FileEditor {
  return new MonacoView(room, file, events)
}

class MonacoView implements FileEditor {
  readonly file: OpenFile
  readonly dom = h('div', { class: 'monaco' })
  readonly #editor: monaco.editor.IStandaloneCodeEditor
  readonly #model: monaco.editor.ITextModel
  readonly #binding: CollabBinding
  readonly #people: Binding
  #path: string | null = null
  #frame = 0

  constructor(room: Room, file: OpenFile, events: FileEditorEvents) {
    this.file = file
    this.dom.style.height = '100%'
    this.#model = monaco.editor.createModel(file.text, 'plaintext')
    this.#model.updateOptions({
      tabSize: 2,
      insertSpaces: true,
      bracketColorizationOptions: { enabled: false, independentColorPoolPerBracketType: false },
    })
    this.#editor = monaco.editor.create(this.dom, {
      model: this.#model,
      theme: THEME,
      ...optionsOf(this.dom),
    })
    this.#binding = collab(this.#editor, room, file, {
      onError: (error, refused) => events.failed(error, refused),
    })
    this.#people = cursors(this.#editor, room, file)
    const scrolled = () => {
      this.#frame ||= requestAnimationFrame(() => {
        this.#frame = 0
        events.scrolled()
      })
    }
    this.#editor.onDidScrollChange(scrolled)
    this.#editor.onDidLayoutChange(scrolled)
    this.pathChanged()
  }

  /** Sizes can be measured once it is in the page. */
  shown(): void {
    this.#editor.layout()
  }

  focus(): void {
    this.#editor.focus()
  }

  pathChanged(): void {
    const { path } = this.file
    if (path === this.#path) return
    this.#path = path
    const extension = extensionOf(path)
    const prose = ['md', 'txt', ''].includes(extension)
    monaco.editor.setModelLanguage(this.#model, languageIdOf(extension))
    this.#editor.updateOptions({ ariaLabel: `Text of ${path}`, wordWrap: prose ? 'on' : 'off' })
  }

  setReadOnly(isReadOnly: boolean): void {
    this.#binding.setReadOnly(isReadOnly)
  }

  get visible(): SelectionRange | null {
    const ranges = this.dom.isConnected ? this.#editor.getVisibleRanges() : []
    const [first, last] = [ranges[0], ranges.at(-1)]
    if (!first || !last) return null
    return {
      anchor: this.#model.getOffsetAt(first.getStartPosition()),
      head: this.#model.getOffsetAt(last.getEndPosition()),
    }
  }

  showFrom(units: number): void {
    const { lineNumber } = this.#model.getPositionAt(units)
    if (lineNumber === this.#editor.getVisibleRanges()[0]?.startLineNumber) return
    this.#editor.setScrollTop(this.#editor.getTopForLineNumber(lineNumber))
  }

  reveal(units: number): void {
    this.#editor.revealPositionInCenterIfOutsideViewport(this.#model.getPositionAt(units))
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame)
    this.#people.destroy()
    this.#binding.destroy()
    this.#editor.dispose()
    this.#model.dispose()
  }
}

/** Editor options, including the page's font, which Monaco does not inherit. */
function optionsOf(element: HTMLElement): monaco.editor.IStandaloneEditorConstructionOptions {
  const style = getComputedStyle(element.isConnected ? element : document.documentElement)
  return {
    automaticLayout: true,
    fontFamily: style.getPropertyValue('--mono').trim(),
    fontSize: Number.parseFloat(style.getPropertyValue('--code-size')),
    lineHeight: 1.6,
    padding: { top: 12, bottom: 12 },
    minimap: { enabled: false },
    overviewRulerLanes: 0,
    renderFinalNewline: 'on',
    fixedOverflowWidgets: true,
    // Unusual line separators in shared text are left alone, without a prompt.
    unusualLineTerminators: 'off',
    quickSuggestions: false,
  }
}
