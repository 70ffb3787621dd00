/**
 * The column on the right with its parts (people, chat), each opened and closed by a button in
 * the header. In a wide window the parts are stacked beside the text; in a narrow one they cover
 * it as a drawer, one at a time.
 */
import { h, ICONS, icon } from '../ui/dom.ts'

export interface SidePart {
  readonly id: string
  readonly title: string
  /** In the header. */
  readonly button: HTMLButtonElement
  readonly content: HTMLElement
  /** Called when it is shown or hidden. */
  toggled?(isOpen: boolean): void
  /** Moves the focus to its main control. */
  focus?(): void
}

export class Side {
  readonly element = h('aside', { class: 'side', attrs: { hidden: true, 'aria-label': 'People and chat' } })
  readonly #parts: readonly SidePart[]
  readonly #sections = new Map<SidePart, HTMLElement>()
  readonly #narrow = matchMedia('(max-width: 999px)')
  readonly #veil = h('div', { class: 'side-veil', on: { click: () => this.#closeAll() } })

  constructor(parts: readonly SidePart[]) {
    this.#parts = parts
    for (const part of parts) {
      const section = this.#sectionOf(part)
      this.#sections.set(part, section)
      this.element.append(section)
      part.button.hidden = false
      part.button.setAttribute('aria-controls', part.id)
      part.button.addEventListener('click', () => this.#set(part, section.hasAttribute('hidden')))
    }
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented || !(event.target instanceof Element)) return
      const part = parts.find((one) => this.#sections.get(one)?.contains(event.target as Element))
      if (!part) return
      event.preventDefault()
      this.#set(part, false)
      part.button.focus()
    })
    this.#narrow.addEventListener('change', () => this.#keepOne())
    for (const part of parts) this.#show(part, false)
  }

  /** Closes the column where it covers the text. */
  makeWay(): void {
    if (this.#narrow.matches) this.#closeAll()
  }

  #sectionOf(part: SidePart): HTMLElement {
    const close = h(
      'button',
      {
        class: 'close quiet',
        attrs: { type: 'button', 'aria-label': `Close ${part.title.toLowerCase()}` },
        on: {
          click: () => {
            this.#set(part, false)
            part.button.focus()
          },
        },
      },
      icon(ICONS.close),
    )
    const title = h('h2', { attrs: { id: `${part.id}-title`, tabindex: -1 } }, part.title)
    return h(
      'section',
      {
        class: `side-part side-${part.id}`,
        attrs: { id: part.id, 'aria-labelledby': `${part.id}-title`, hidden: true },
      },
      h('div', { class: 'side-head' }, title, close),
      part.content,
    )
  }

  #set(part: SidePart, isOpen: boolean): void {
    if (isOpen && this.#narrow.matches) {
      for (const other of this.#parts) if (other !== part) this.#show(other, false)
    }
    this.#show(part, isOpen)
    if (!isOpen) return
    // On a touch screen, a focused field opens a keyboard over what is to be read.
    if (part.focus && matchMedia('(pointer: fine)').matches) part.focus()
    else this.#sections.get(part)?.querySelector('h2')?.focus()
  }

  #show(part: SidePart, isOpen: boolean): void {
    const section = this.#sections.get(part)
    if (!section) return
    const wasOpen = !section.hidden
    section.hidden = !isOpen
    part.button.setAttribute('aria-expanded', String(isOpen))
    const isAny = this.#parts.some((one) => this.#sections.get(one)?.hidden === false)
    this.element.hidden = !isAny
    document.body.classList.toggle('side-open', isAny)
    if (isAny) this.element.after(this.#veil)
    if (wasOpen !== isOpen) part.toggled?.(isOpen)
  }

  #closeAll(): void {
    for (const part of this.#parts) this.#show(part, false)
  }

  /** The window became narrow: only the first open part stays open. */
  #keepOne(): void {
    if (!this.#narrow.matches) return
    const [, ...others] = this.#parts.filter((part) => this.#sections.get(part)?.hidden === false)
    for (const part of others) this.#show(part, false)
  }
}
