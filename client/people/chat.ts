/**
 * Chat of a room: checks what this user sends, and fetches earlier messages. It sends nothing itself. It
 * checks what can be checked locally; the room decides.
 */
import { CHAT_UNITS } from '../../core/protocol/limits.ts'
import { parseText } from '../../core/text/op.ts'
import type { RoomApi } from '../room-api.ts'
import { SdkError } from '../sdk-error.ts'
import type { ChatMessage } from '../types.ts'
import { colorOf } from './color.ts'

type StoredMessage = Omit<ChatMessage, 'color'>

/** Response of `GET …/chat`, oldest first. */
interface Page {
  readonly messages: readonly StoredMessage[]
}

export class Chat {
  readonly #api: RoomApi
  /** Least ms between two messages. */
  #interval = 0
  /** Unix ms of the next message, at the earliest. */
  #next = 0

  constructor(api: RoomApi) {
    this.#api = api
  }

  /**
   * The text to send for a message.
   * @param most most UTF-16 units of a message
   * @throws SdkError `bad_text`, `chat_too_long`, `too_fast`; OpError for text that cannot be stored
   */
  draft(text: string, most = CHAT_UNITS): string {
    const message = parseText(text.replace(/\r\n?/g, '\n'))
    if (message.trim() === '') throw new SdkError('bad_text', 'A message must not be empty.')
    if (message.length > most) {
      const text = `A message may have at most ${most} characters. Split it, or put it into a file.`
      throw new SdkError('chat_too_long', text)
    }
    const now = Date.now()
    if (now < this.#next) throw new SdkError('too_fast', 'Too many messages at once. Try again in a moment.')
    this.#next = now + this.#interval
    return message
  }

  /** The room warned. @param perSecond the rate it allows */
  slow(perSecond: number): void {
    this.#interval = 1250 / perSecond
    this.#next = Date.now() + this.#interval
  }

  /** New connection: the room counts from zero. */
  renew(): void {
    this.#interval = 0
    this.#next = 0
  }

  /**
   * One page of messages before commit `before`, oldest first.
   * @throws SdkError `no_such_room`, `unauthenticated`, `forbidden`, `closed_by_owner`, `unreachable`
   */
  async page(before: number | undefined): Promise<readonly ChatMessage[]> {
    const { messages } = (await this.#api.page('chat', before)) as Page
    return messages.map(messageOf)
  }
}

/** A chat message of the public API. */
export function messageOf({ seq, at, user, name, text }: StoredMessage): ChatMessage {
  return { seq, at, user, name, color: colorOf(user), text }
}
