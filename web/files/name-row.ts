/**
 * A row of the file list with a text field for a path. Enter accepts it; Escape and leaving the field
 * cancel; an invalid path is explained below. Knows nothing of rooms.
 */
import { h } from '../ui/dom.ts'

interface NameRowEvents {
  /** Accepts the path and returns null, or returns what is wrong with it. */
  commit(path: string): string | null
  /** The row is closed. @param refocus whether the keyboard focus was in it */
  done(refocus: boolean): void
}

export class NameRow {
  readonly element: HTMLElement
  readonly #input: HTMLInputElement
  readonly #wrong = h('p', { class: 'wrong', attrs: { role: 'alert' } })
  readonly #events: NameRowEvents
  #over = false

  constructor(label: string, value: string, events: NameRowEvents) {
    this.#events = events
    this.#input = h('input', {
      attrs: {
        type: 'text',
        value,
        'aria-label': label,
        placeholder: 'src/new-file.js',
        spellcheck: 'false',
        autocomplete: 'off',
        autocapitalize: 'off',
        enterkeyhint: 'done',
      },
      on: {
        keydown: (event) => {
          event.stopPropagation()
          if (event.isComposing) return
          if (event.key !== 'Enter' && event.key !== 'Escape') return
          // This event moves the focus; the element that gets it must not handle the key again.
          event.preventDefault()
          if (event.key === 'Enter') this.#commit()
          else this.#end(true)
        },
        blur: () => this.#end(false),
      },
    })
    this.element = h('li', { class: 'name-row', attrs: { role: 'none' } }, this.#input, this.#wrong)
  }

  /** Focuses the field and selects the name without its extension. The row must be in the page. */
  start(): void {
    this.#input.focus()
    const { value } = this.#input
    const name = value.lastIndexOf('/') + 1
    const dot = value.lastIndexOf('.')
    this.#input.setSelectionRange(name, dot > name ? dot : value.length)
  }

  #commit(): void {
    const path = this.#input.value.trim()
    const wrong = path === '' ? null : this.#events.commit(path)
    if (wrong === null) this.#end(true)
    else {
      this.#wrong.textContent = wrong
      this.#input.setAttribute('aria-invalid', 'true')
    }
  }

  #end(refocus: boolean): void {
    if (this.#over) return
    this.#over = true
    this.element.remove()
    this.#events.done(refocus)
  }
}
