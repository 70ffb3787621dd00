/**
 * Whether something is composed in an editor (an input method, the keyboard of a phone), as the editor's own events tell.
 * Monaco ends a composition by itself when it loses the focus; another model in the same editor ends it, too.
 */
import type { editor, IDisposable, IPosition } from 'monaco-editor'
import type { ComposingEditor } from './binding.ts'

/** What is needed of an editor; an ICodeEditor has it. */
export interface ComposingHost {
  onDidCompositionStart(listener: () => void): IDisposable
  onDidCompositionEnd(listener: () => void): IDisposable
  onDidChangeModel(listener: () => void): IDisposable
  getModel(): Pick<editor.ITextModel, 'getOffsetAt'> | null
  getPosition(): IPosition | null
  getDomNode(): HTMLElement | null
  focus(): void
}

export class Composition implements ComposingEditor {
  readonly #host: ComposingHost
  readonly #listening: readonly IDisposable[]
  #isUnderWay = false

  constructor(host: ComposingHost) {
    this.#host = host
    const end = () => {
      this.#isUnderWay = false
    }
    this.#listening = [
      host.onDidCompositionStart(() => {
        this.#isUnderWay = true
      }),
      host.onDidCompositionEnd(end),
      host.onDidChangeModel(end),
    ]
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  get cursor(): number {
    const position = this.#host.getPosition()
    return (position && this.#host.getModel()?.getOffsetAt(position)) ?? 0
  }

  /** As by a click elsewhere, and back: the input method lets go of what it has. */
  end(): void {
    const focused = this.#host.getDomNode()?.querySelector<HTMLElement>(':focus')
    focused?.blur()
    if (focused) this.#host.focus()
  }

  stop(): void {
    for (const one of this.#listening) one.dispose()
  }
}
