/**
 * Whether a composition (input method, phone keyboard) is in progress in an editor, by the editor's events.
 * Monaco ends a composition when it loses focus; setting another model ends it too.
 */
import type { editor, IDisposable, IPosition } from 'monaco-editor'
import type { ComposingEditor } from './binding.ts'

/** The part of an editor that is needed; an ICodeEditor has it. */
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

  /** Blurs and refocuses, so that the input method commits what it has. */
  end(): void {
    const focused = this.#host.getDomNode()?.querySelector<HTMLElement>(':focus')
    focused?.blur()
    if (focused) this.#host.focus()
  }

  stop(): void {
    for (const one of this.#listening) one.dispose()
  }
}
