/** The connection status in the header. States that would only flicker are not shown. */
import type { Room, StatusInfo } from '../../client/types.ts'
import { h } from '../ui/dom.ts'
import { connectionWords } from './words.ts'

/** ms that saving may take before it is shown */
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

  /** Hides the status: there is no room, and the page itself says why. */
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
    // Screen readers announce losses and reconnects, not every saved change.
    const spoken = tone === 'good' ? 'Connected' : tone === 'busy' ? text : 'Connection lost'
    if (this.#spoken.textContent !== spoken) this.#spoken.textContent = spoken
  }
}
