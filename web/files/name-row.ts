/**
 * A row of the file list in which a path is typed. Enter takes it, Escape and going elsewhere leave everything as it
 * was; what is wrong with a path is said under it. Knows nothing of rooms.
 */
import { h } from '../ui/dom.ts'

interface NameRowEvents {
  /** Takes the path, or answers what is wrong with it. */
  commit(path: string): string | null
  /** The row is over; `refocus` when the keyboard was in it. */
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
          // The focus moves on within this event, and what gets it must not take the key as well.
          event.preventDefault()
          if (event.key === 'Enter') this.#commit()
          else this.#end(true)
        },
        blur: () => this.#end(false),
      },
    })
    this.element = h('li', { class: 'name-row', attrs: { role: 'none' } }, this.#input, this.#wrong)
  }

  /** Puts the keyboard into the row, with the name selected and its extension left out. Needs the row in the page. */
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
