/**
 * The message field: Enter sends, Shift+Enter starts a new line. A message that cannot
 * be sent stays, with the reason.
 */
import { h, ICONS, icon } from '../ui/dom.ts'

export class Composer {
  readonly element: HTMLElement
  readonly #say: (text: string) => void
  readonly #input: HTMLTextAreaElement
  readonly #send = h(
    'button',
    { class: 'primary', attrs: { type: 'submit', 'aria-label': 'Send' } },
    icon(ICONS.send),
  )
  readonly #wrong = h('p', { class: 'wrong', attrs: { role: 'alert' } })
  readonly #off = h('p', { class: 'chat-off muted', attrs: { hidden: true } })

  /** @param say may throw an error with a readable message */
  constructor(say: (text: string) => void) {
    this.#say = say
    this.#input = h('textarea', {
      attrs: { rows: 1, 'aria-label': 'Message to everybody here', placeholder: 'Message to everybody here' },
      on: {
        keydown: (event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
          event.preventDefault()
          this.#submit()
        },
        input: () => {
          this.#wrong.textContent = ''
          this.#fit()
        },
      },
    })
    const form = h(
      'form',
      {
        class: 'composer-line',
        on: {
          submit: (event) => {
            event.preventDefault()
            this.#submit()
          },
        },
      },
      this.#input,
      this.#send,
    )
    this.element = h('div', { class: 'composer' }, this.#off, form, this.#wrong)
  }

  focus(): void {
    this.#input.focus()
  }

  /** Disables the field and shows why; null enables it. The draft stays. */
  disable(whyNot: string | null): void {
    this.#input.disabled = whyNot !== null
    this.#send.disabled = whyNot !== null
    this.#off.hidden = whyNot === null
    this.#off.textContent = whyNot ?? ''
  }

  #submit(): void {
    const text = this.#input.value
    if (text.trim() === '') return
    try {
      this.#say(text.trimEnd())
      this.#input.value = ''
      this.#wrong.textContent = ''
    } catch (error) {
      this.#wrong.textContent = error instanceof Error ? error.message : String(error)
    }
    this.#fit()
  }

  /** Grows with the text, up to the height its style allows. */
  #fit(): void {
    this.#input.style.height = 'auto'
    this.#input.style.height = `${this.#input.scrollHeight + 2}px`
  }
}
