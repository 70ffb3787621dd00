/**
 * What is said in a room, on both ways: what this user may say now, and what was said before. It sends nothing itself. Of what may
 * be said it knows as much as can be said at once; the room has the last word.
 */
import { CHAT_UNITS } from '../../core/protocol/limits.ts'
import { parseText } from '../../core/text/op.ts'
import type { RoomApi } from '../room-api.ts'
import { SdkError } from '../sdk-error.ts'
import type { ChatMessage } from '../types.ts'
import { colorOf } from './color.ts'

type Said = Omit<ChatMessage, 'color'>

/** What `GET …/chat` answers: the oldest first. */
interface Page {
  readonly messages: readonly Said[]
}

export class Chat {
  readonly #api: RoomApi
  /** Least ms between two messages. */
  #interval = 0
  /** ms since the epoch of Unix before which nothing may be said */
  #next = 0

  constructor(api: RoomApi) {
    this.#api = api
  }

  /**
   * What is to be sent of a text that is said now.
   * @param most UTF-16 units that a message may have
   * @throws SdkError `bad_text`, `chat_too_long`, `too_fast`; OpError for a text that cannot be kept
   */
  draft(text: string, most = CHAT_UNITS): string {
    const said = parseText(text.replace(/\r\n?/g, '\n'))
    if (said.trim() === '') throw new SdkError('bad_text', 'A message must not be empty.')
    if (said.length > most) {
      const text = `A message may have at most ${most} characters. Split it, or put it into a file.`
      throw new SdkError('chat_too_long', text)
    }
    const now = Date.now()
    if (now < this.#next) throw new SdkError('too_fast', 'That is a lot at once. Say it in a moment.')
    this.#next = now + this.#interval
    return said
  }

  /** The room warned. @param perSecond what it allows */
  slow(perSecond: number): void {
    this.#interval = 1250 / perSecond
    this.#next = Date.now() + this.#interval
  }

  /** Another connection: nothing is counted there yet. */
  renew(): void {
    this.#interval = 0
    this.#next = 0
  }

  /** What was said before commit `before`, the oldest first. @throws SdkError `no_such_room`, `unauthenticated`, `forbidden`, `closed_by_owner`, `unreachable` */
  async page(before: number | undefined): Promise<readonly ChatMessage[]> {
    const { messages } = (await this.#api.page('chat', before)) as Page
    return messages.map(messageOf)
  }
}

/** Something that was said, as an application is told of it. */
export function messageOf({ seq, at, user, name, text }: Said): ChatMessage {
  return { seq, at, user, name, color: colorOf(user), text }
}
