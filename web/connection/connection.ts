/** The state of the connection in the header. Words that would only flicker past are not shown. */
import type { Room, StatusInfo } from '../../client/types.ts'
import { h } from '../ui/dom.ts'
import { connectionWords } from './words.ts'

/** ms that saving may take before it is worth a word */
const SLOW_MS = 400

const CONNECTING: StatusInfo = { status: 'connecting', pending: 0, reason: null, code: null }

export class Connection {
  readonly element: HTMLElement
  readonly #words = h('span', { class: 'words' })
  readonly #spoken = h('span', { class: 'visually-hidden', attrs: { role: 'status' } })
  #timer: ReturnType<typeof setTimeout> | undefined
  #saved = false
  #status = CONNECTING

  constructor() {
    const light = h('span', { class: 'light' })
    this.element = h('p', { class: 'connection' }, light, this.#words, this.#spoken)
    this.#show()
  }

  follow(room: Room): void {
    this.#take(room.status)
    room.on('status', (status) => this.#take(status))
  }

  /** There is no room to follow: what is in the way stands in the page. */
  hide(): void {
    this.element.hidden = true
  }

  #take(status: StatusInfo): void {
    const before = this.#status
    this.#status = status
    if (status.status !== 'connected') this.#saved = false
    else if (before.pending > 0 && status.pending === 0) this.#saved = true
    const saving = status.status === 'connected' && status.pending > 0
    if (!saving) {
      clearTimeout(this.#timer)
      this.#timer = undefined
      this.#show()
    } else if (before.status !== 'connected') this.#show()
    else
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined
        this.#show()
      }, SLOW_MS)
  }

  #show(): void {
    const { tone, text, detail } = connectionWords(this.#status, this.#saved)
    this.element.dataset.tone = tone
    this.element.title = detail
    this.#words.textContent = text
    // A screen reader hears of losses and returns, not of every change that is saved.
    const spoken = tone === 'good' ? 'Connected' : tone === 'busy' ? text : 'The connection is lost'
    if (this.#spoken.textContent !== spoken) this.#spoken.textContent = spoken
  }
}
