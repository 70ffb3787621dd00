/**
 * A page with one file in one of the demo's editors and no server: file and room are fakes in the
 * page, so a test controls exactly when remote changes arrive, and types with the real input of a
 * browser. Tests use `window.bench`.
 */
import type { Edit } from '../../../../client/types.ts'
import { EDITORS, type EditorKind } from '../../../../web/editor/choice.ts'
import { FileView } from '../../../../web/editor/codemirror-pane.ts'
import type { FileEditor } from '../../../../web/editor/file-editor.ts'
import { EditorPane } from '../../../../web/editor/pane.ts'
import { h } from '../../../../web/ui/dom.ts'
import { PageRoom } from './page-room.ts'

const app = document.querySelector<HTMLElement>('#app') ?? document.body

export class Bench {
  /** Errors and refusals in the page. */
  readonly errors: string[] = []
  room = new PageRoom('')
  #editor: FileEditor | null = null

  /** Shows a text in place of the previous one. */
  async open(kind: EditorKind, text: string, path?: string): Promise<void> {
    this.close()
    this.room = new PageRoom(text, path)
    this.#editor = await this.make(kind, this.room)
    app.style.height = '600px'
    app.replaceChildren(this.#editor.dom)
    this.#editor.shown()
    this.#editor.focus()
  }

  close(): void {
    this.#editor?.destroy()
    this.#editor?.dom.remove()
    this.#editor = null
  }

  make(kind: EditorKind, { room, file }: PageRoom): Promise<FileEditor> {
    const failed = (error: Error) => this.errors.push(error.message)
    return EDITORS[kind].make(room, file, { failed, scrolled: () => {} })
  }

  get editor(): FileEditor {
    if (!this.#editor) throw new Error('no editor is open')
    return this.#editor
  }

  /** The text in the editor. */
  async text(): Promise<string> {
    const { editor } = this
    if (editor instanceof FileView) return editor.view.state.doc.toString()
    return (await this.#monaco()).getModel()?.getValue() ?? ''
  }

  /** Moves the cursor. @param units UTF-16 units */
  async select(units: number): Promise<void> {
    const { editor } = this
    editor.focus()
    if (editor instanceof FileView) {
      editor.view.dispatch({ selection: { anchor: units } })
      return
    }
    const monaco = await this.#monaco()
    const position = monaco.getModel()?.getPositionAt(units)
    if (position) monaco.setPosition(position)
  }

  /** The cursor position in UTF-16 units. */
  async cursor(): Promise<number> {
    const { editor } = this
    if (editor instanceof FileView) return editor.view.state.selection.main.head
    const monaco = await this.#monaco()
    const position = monaco.getPosition()
    return position ? (monaco.getModel()?.getOffsetAt(position) ?? -1) : -1
  }

  /** Scrolls until the line of a position is the first visible one. @param units UTF-16 units */
  async showFrom(units: number): Promise<void> {
    this.editor.showFrom(units)
    for (let frame = 0; frame < 4; frame++) await nextFrame()
  }

  /** The first visible line. */
  firstLine(): string {
    const { text } = this.room.file
    const from = this.editor.visible?.anchor ?? 0
    const end = text.indexOf('\n', from)
    return text.slice(from, end < 0 ? undefined : end)
  }

  /** The first visible line after the next frame is drawn. */
  async drawn(): Promise<string> {
    await nextFrame()
    return this.firstLine()
  }

  /** Counts CodeMirror transactions from now on. */
  countTransactions(): () => number {
    const { editor } = this
    if (!(editor instanceof FileView)) throw new Error('this editor has no transactions')
    const { view } = editor
    const dispatch = view.dispatch.bind(view) as (...specs: never[]) => void
    let count = 0
    view.dispatch = (...specs: never[]) => {
      count++
      dispatch(...specs)
    }
    return () => count
  }

  /**
   * Opens `files` files one after the other as the demo does, in one editor and
   * then in the other, and closes all.
   */
  async openAndClose(files: number): Promise<void> {
    const failed = (error: Error) => this.errors.push(error.message)
    const kinds = Object.values(EDITORS)
    const { room } = this.room
    const pane = new EditorPane(room, EDITORS.codemirror.make, h('span'), { shown: () => {}, failed })
    app.replaceChildren(pane.element)
    for (const { make } of kinds) {
      await pane.use(make)
      for (let i = 0; i < files; i++) await pane.open(`src/file-${i}.js`, true)
      await nextFrame()
    }
    await pane.use(async () => {
      throw new Error('closed')
    })
    this.errors.splice(this.errors.indexOf('closed'), 1)
    app.replaceChildren()
  }

  /** Advances the page's `performance.now` by some ms. */
  skip(ms: number): void {
    const now = performance.now.bind(performance)
    performance.now = () => now() + ms
  }

  receive(...edits: readonly Edit[]): void {
    this.room.receive(edits)
  }

  async #monaco() {
    const { monaco } = await import('../../../../web/editor/monaco-setup.ts')
    const made = monaco.editor.getEditors()[0]
    if (!made) throw new Error('Monaco made no editor')
    return made
  }
}

/** Waits until a frame is about to be drawn, after everything that runs before it. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => resolve()
      port2.postMessage(null)
    })
  })
}

const bench = new Bench()
for (const event of ['error', 'unhandledrejection'] as const) {
  window.addEventListener(event, (happened) => {
    const { message, reason } = happened as { message?: string; reason?: unknown }
    bench.errors.push(String(reason ?? message))
  })
}
Object.assign(window, { bench })
