/**
 * The messages of a room's chat known here: pages of earlier ones, those received live, and those being
 * sent. Invariant: no message appears twice, and none is missing between two that appear. Draws nothing.
 */
import type { ChatMessage, Rejection } from '../../client/types.ts'
import { type Arrival, type Item, itemsOf } from './groups.ts'

/** Messages on a page at least, unless it is the last one. */
const PAGE = 50

export type Loading = 'none' | 'loading' | 'failed' | 'ready'

/** The parts of a room that a conversation uses. */
export interface ConversationRoom {
  readonly me: { readonly user: string }
  say(text: string): void
  chat(page?: { readonly before?: number }): Promise<readonly ChatMessage[]>
}

export class Conversation {
  readonly #room: ConversationRoom
  readonly #changed: () => void
  #messages: readonly ChatMessage[] = []
  #arrivals: readonly Arrival[] = []
  #sending: readonly string[] = []
  #loading: Loading = 'none'
  #isComplete = false
  /** seq of the first and last message received live. */
  #heardFrom = Number.POSITIVE_INFINITY
  #heardTo: number | null = null
  /** seq up to which all messages came in pages. */
  #pagedTo = 0

  constructor(room: ConversationRoom, changed: () => void) {
    this.#room = room
    this.#changed = changed
  }

  get items(): Item[] {
    return itemsOf(this.#messages, this.#arrivals, this.#heardFrom)
  }

  /** Messages sent here that have not come back yet. */
  get sending(): readonly string[] {
    return this.#sending
  }

  get loading(): Loading {
    return this.#loading
  }

  /** Whether the first message ever is loaded. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /**
   * Loads the newest page if it is not loaded.
   * @param force load it again, since messages may have been missed
   */
  async load(force = false): Promise<void> {
    if (this.#loading === 'loading' || (this.#loading === 'ready' && !force)) return
    await this.#fetch(undefined, (page) => {
      const [first] = page
      const overlaps = first !== undefined && this.#messages.some(({ seq }) => seq >= first.seq)
      const earlier = overlaps ? this.#messages.filter(({ seq }) => seq < first.seq) : []
      const to = page.at(-1)?.seq ?? 0
      if (earlier.length === 0) this.#isComplete = page.length < PAGE
      this.#messages = [...earlier, ...page, ...this.#messages.filter(({ seq }) => seq > to)]
      this.#pagedTo = to
    })
  }

  /** Loads the page before the first loaded message. */
  async loadEarlier(): Promise<void> {
    const [first] = this.#messages
    if (first === undefined || this.#isComplete || this.#loading === 'loading') return
    await this.#fetch(first.seq, (page) => {
      this.#isComplete = page.length < PAGE
      this.#messages = [...page, ...this.#messages]
    })
  }

  /** Sends a message. @throws SdkError if it cannot be sent at all */
  say(text: string): void {
    this.#room.say(text)
    this.#sending = [...this.#sending, text]
    this.#changed()
  }

  /** A message was received live. */
  heard(message: ChatMessage): void {
    if (message.user === this.#room.me.user) this.#sent(message.text)
    this.#heardFrom = Math.min(this.#heardFrom, message.seq)
    this.#heardTo = message.seq
    if (message.seq > this.#pagedTo) this.#messages = [...this.#messages, message]
    this.#changed()
  }

  /** The room refused a submission, which may have contained messages from here. */
  refused({ changes }: Rejection): void {
    for (const { type, text } of changes) if (type === 'chat' && text !== undefined) this.#sent(text)
    this.#changed()
  }

  /** Somebody came or went. */
  seen(arrival: Omit<Arrival, 'after'>): void {
    this.#arrivals = [...this.#arrivals, { ...arrival, after: this.#heardTo }]
    this.#changed()
  }

  #sent(text: string): void {
    const at = this.#sending.indexOf(text)
    if (at >= 0) this.#sending = this.#sending.filter((_, i) => i !== at)
  }

  async #fetch(before: number | undefined, take: (page: readonly ChatMessage[]) => void): Promise<void> {
    this.#loading = 'loading'
    this.#changed()
    try {
      take(await this.#room.chat(before === undefined ? {} : { before }))
      this.#loading = 'ready'
    } catch (error) {
      console.warn('earlier messages could not be loaded:', error)
      this.#loading = 'failed'
    }
    this.#changed()
  }
}
