/**
 * What is known here of what is said in a room: pages of what was said before, what is heard as it is said, and what was said here and
 * is on its way. Invariant: no message stands twice, and none is missing between two that stand. It draws nothing.
 */
import type { ChatMessage, Rejection } from '../../client/types.ts'
import { type Arrival, type Item, itemsOf } from './groups.ts'

/** Messages that a page has at least, unless it is the last. */
const PAGE = 50

export type Loading = 'none' | 'loading' | 'failed' | 'ready'

/** What a conversation needs of its room. */
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
  /** Of the first and last message that was heard as it was said. */
  #heardFrom = Number.POSITIVE_INFINITY
  #heardTo: number | null = null
  /** Everything up to here came in pages. */
  #pagedTo = 0

  constructor(room: ConversationRoom, changed: () => void) {
    this.#room = room
    this.#changed = changed
  }

  get items(): Item[] {
    return itemsOf(this.#messages, this.#arrivals, this.#heardFrom)
  }

  /** What was said here and has not come back. */
  get sending(): readonly string[] {
    return this.#sending
  }

  get loading(): Loading {
    return this.#loading
  }

  /** Whether the first message that was ever said is here. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Fetches the newest page, unless it is here; anew where some may have been missed. */
  async load(isAnew = false): Promise<void> {
    if (this.#loading === 'loading' || (this.#loading === 'ready' && !isAnew)) return
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

  /** Fetches the page before the first message that is here. */
  async loadEarlier(): Promise<void> {
    const [first] = this.#messages
    if (first === undefined || this.#isComplete || this.#loading === 'loading') return
    await this.#fetch(first.seq, (page) => {
      this.#isComplete = page.length < PAGE
      this.#messages = [...page, ...this.#messages]
    })
  }

  /** Says something. @throws SdkError when it cannot be said at all */
  say(text: string): void {
    this.#room.say(text)
    this.#sending = [...this.#sending, text]
    this.#changed()
  }

  /** Something was said in the room. */
  heard(message: ChatMessage): void {
    if (message.user === this.#room.me.user) this.#sent(message.text)
    this.#heardFrom = Math.min(this.#heardFrom, message.seq)
    this.#heardTo = message.seq
    if (message.seq > this.#pagedTo) this.#messages = [...this.#messages, message]
    this.#changed()
  }

  /** Of what was said here the room may have refused something. */
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
      console.warn('what was said before could not be had:', error)
      this.#loading = 'failed'
    }
    this.#changed()
  }
}
