/**
 * The messages as a scrolling list. It stays at its end while messages arrive, unless the user has scrolled
 * up; when earlier messages are inserted above, what the user reads does not move.
 */
import { arrange, h } from '../ui/dom.ts'
import { arrivalWords, type Item, timeWords } from './groups.ts'

/** Pixels from an end of the list that count as being there. */
const NEAR = 48

interface Speaker {
  readonly user: string
  readonly name: string
  readonly color: string
}

export class ChatLog {
  readonly element: HTMLElement
  /** Content above the first message. */
  readonly top = h('div', { class: 'chat-top' })
  readonly #list = h('ol', { class: 'sayings' })
  readonly #scroller: HTMLElement
  readonly #newer: HTMLButtonElement
  #elements = new Map<string, HTMLElement>()
  #isAtEnd = true

  /** @param atStart called when the user scrolls to the start */
  constructor(atStart: () => void) {
    this.#scroller = h(
      'div',
      {
        class: 'chat-log',
        // `chatPanel` announces messages that arrive; loaded ones are not announced.
        attrs: { role: 'log', 'aria-live': 'off', 'aria-label': 'Chat', tabindex: 0 },
        on: { scroll: () => this.#scrolled(atStart) },
      },
      this.top,
      this.#list,
    )
    this.#newer = h(
      'button',
      { class: 'newer primary', attrs: { type: 'button', hidden: true }, on: { click: () => this.toEnd() } },
      'New messages',
    )
    this.element = h('div', { class: 'chat-place' }, this.#scroller, this.#newer)
    // The height changes with the window and with the message field below.
    new ResizeObserver(() => this.#isAtEnd && this.toEnd()).observe(this.#scroller)
  }

  /** @param sending messages of this user that are being sent */
  draw(items: readonly Item[], sending: readonly string[], me: Speaker): void {
    const before = this.#elements
    const { scrollHeight, scrollTop } = this.#scroller
    const first = this.#list.firstElementChild
    this.#elements = new Map()
    const now = Date.now()
    for (const item of items) {
      let key = JSON.stringify(item)
      while (this.#elements.has(key)) key += ' '
      this.#elements.set(key, before.get(key) ?? elementOf(item, now, me.user))
    }
    const waiting = sending.map((text) => sendingElement(text, me))
    arrange(this.#list, [...this.#elements.values(), ...waiting])
    if (this.#isAtEnd) this.toEnd()
    else if (first !== this.#list.firstElementChild) {
      this.#scroller.scrollTop = scrollTop + this.#scroller.scrollHeight - scrollHeight
    } else if (this.#scroller.scrollHeight > scrollHeight) this.#newer.hidden = false
  }

  toEnd(): void {
    this.#isAtEnd = true
    this.#newer.hidden = true
    this.#scroller.scrollTop = this.#scroller.scrollHeight
  }

  #scrolled(atStart: () => void): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller
    this.#isAtEnd = scrollTop + clientHeight > scrollHeight - NEAR
    if (this.#isAtEnd) this.#newer.hidden = true
    if (scrollTop < NEAR && clientHeight > 0) atStart()
  }
}

function elementOf(item: Item, now: number, me: string): HTMLElement {
  if (item.type === 'arrival') return h('li', { class: 'arrival muted' }, arrivalWords(item))
  const { user, name, color, at, texts } = item
  const time = h('time', { attrs: { datetime: new Date(at).toISOString() } }, timeWords(at, now))
  return h(
    'li',
    { class: 'saying', vars: { '--peer': color } },
    h('p', { class: 'speaker' }, h('strong', {}, name), user === me ? h('small', {}, 'you') : null, time),
    ...texts.map((text) => h('p', { class: 'said' }, text)),
  )
}

function sendingElement(text: string, { name, color }: Speaker): HTMLElement {
  return h(
    'li',
    { class: 'saying sending', vars: { '--peer': color } },
    h('p', { class: 'speaker' }, h('strong', {}, name), h('small', {}, 'sending…')),
    h('p', { class: 'said' }, text),
  )
}
