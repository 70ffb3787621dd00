/**
 * What is said in a room, on both ways: what this user may say now, and what was said before. It sends nothing itself. Of what may
 * be said it knows as much as can be said at once; the room has the last word.
 */
import { CHAT_UNITS } from '../core/protocol/limits.ts'
import { parseText } from '../core/text/op.ts'
import { apiAddress } from './addresses.ts'
import { colorOf } from './color.ts'
import { SdkError, type SdkErrorCode } from './sdk-error.ts'
import type { Tokens } from './tokens.ts'
import type { ChatMessage } from './types.ts'

type Said = Omit<ChatMessage, 'color'>

/** What `GET …/chat` answers: the oldest first. */
interface Page {
  readonly messages: readonly Said[]
}

export class Chat {
  readonly #url: string
  readonly #tokens: Tokens
  /** Least ms between two messages. */
  #interval = 0
  /** ms since the epoch of Unix before which nothing may be said */
  #next = 0

  /** @param socket the address of the room's socket */
  constructor(socket: string, tokens: Tokens) {
    this.#url = `${apiAddress(socket)}/chat`
    this.#tokens = tokens
  }

  /**
   * What is to be sent of a text that is said now.
   * @param most UTF-16 units that a message may have
   * @throws SdkError `bad_text`, `chat_too_long`, `too_fast`; OpError for a text that cannot be kept
   */
  draft(text: string, most = CHAT_UNITS): string {
    const said = parseText(text.replace(/\r\n?/g, '\n'))
    if (said.trim() === '') throw new SdkError('bad_text', 'Say something: a message must not be empty.')
    if (said.length > most) {
      const text = `A message may have ${most} characters. Send it in parts, or put it into a file.`
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
    const url = before === undefined ? this.#url : `${this.#url}?before=${before}`
    let answer = await this.#get(url, this.#tokens.last())
    if (answer.status === 401 && this.#tokens.isRenewable) {
      answer = await this.#get(url, this.#tokens.ask())
    }
    if (!answer.ok) throw await errorOf(answer)
    const { messages } = (await answer.json()) as Page
    return messages.map(messageOf)
  }

  async #get(url: string, asked: Promise<string>): Promise<Response> {
    const token = await asked.catch((error: unknown) => {
      const text = `What was said before could not be asked for, since no token is to be had: ${String(error)}`
      throw new SdkError('unauthenticated', text, { cause: error })
    })
    try {
      // The API redirects nobody, and a token goes nowhere but where the application said.
      return await fetch(url, { headers: { Authorization: `Bearer ${token}` }, redirect: 'error' })
    } catch (error) {
      throw new SdkError('unreachable', `What was said before could not be had: ${String(error)}`, {
        cause: error,
      })
    }
  }
}

/** Something that was said, as an application is told of it. */
export function messageOf({ seq, at, user, name, text }: Said): ChatMessage {
  return { seq, at, user, name, color: colorOf(user), text }
}

const BY_ERROR_CODE: ReadonlyMap<string, SdkErrorCode> = new Map([
  ['no_such_room', 'no_such_room'],
  ['unauthenticated', 'unauthenticated'],
  ['forbidden', 'forbidden'],
  ['closed', 'closed_by_owner'],
  ['too_fast', 'too_fast'],
])

/** The error that an answer of the HTTP API means to an application. */
async function errorOf(answer: Response): Promise<SdkError> {
  const body: { error?: { code?: string; message?: string } } = await answer.json().catch(() => ({}))
  const { code = '', message = '' } = body.error ?? {}
  const otherwise = answer.status >= 500 ? 'unreachable' : 'refused'
  return new SdkError(BY_ERROR_CODE.get(code) ?? otherwise, message || `The room answered ${answer.status}.`)
}
