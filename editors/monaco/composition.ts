/**
 * Whether something is composed in an editor (an input method, the keyboard of a phone), as the editor's own events tell.
 * Monaco ends a composition by itself when it loses the focus; another model in the same editor ends it, too.
 */
import type { IDisposable } from 'monaco-editor'

/** What is needed of an editor; an ICodeEditor has it. */
export interface ComposingHost {
  onDidCompositionStart(listener: () => void): IDisposable
  onDidCompositionEnd(listener: () => void): IDisposable
  onDidChangeModel(listener: () => void): IDisposable
}

export class Composition {
  readonly #listening: readonly IDisposable[]
  #isUnderWay = false

  constructor(host: ComposingHost) {
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

  stop(): void {
    for (const one of this.#listening) one.dispose()
  }
}
