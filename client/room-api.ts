/**
 * HTTP requests of the SDK, beside the socket: they use the token of the connection and throw `SdkError`.
 */

import { SdkError, type SdkErrorCode } from './sdk-error.ts'
import { apiAddress } from './transport/addresses.ts'
import type { Tokens } from './transport/tokens.ts'
import type { OwnToken } from './types.ts'

export class RoomApi {
  readonly #url: string
  readonly #tokens: Tokens

  /** @param socket address of the room's socket */
  constructor(socket: string, tokens: Tokens) {
    this.#url = apiAddress(socket)
    this.#tokens = tokens
  }

  /**
   * Fetches one page of chat or removed files, before commit `before` or up to now, as JSON.
   * @throws SdkError `no_such_room`, `unauthenticated`, `forbidden`, `closed_by_owner`, `unreachable`
   */
  async page(kind: 'chat' | 'removed', before: number | undefined): Promise<unknown> {
    const url = `${this.#url}/${kind}${before === undefined ? '' : `?before=${before}`}`
    let answer = await this.#ask(url, this.#tokens.last())
    if (answer.status === 401 && this.#tokens.isRenewable) {
      answer = await this.#ask(url, this.#tokens.ask())
    }
    if (!answer.ok) throw await errorOf(answer)
    return answer.json()
  }

  /**
   * Revokes every token that the deployment signed for this room, and continues with the one it returns.
   * @throws SdkError like `page`
   */
  revokeAll(): Promise<OwnToken> {
    return this.#tokens.exchange(this.#revokeAll(this.#tokens.last()))
  }

  async #revokeAll(shown: Promise<string>): Promise<OwnToken> {
    const answer = await this.#ask(`${this.#url}/tokens/revoke`, shown, 'POST')
    if (!answer.ok) throw await errorOf(answer)
    const { token, expires } = (await answer.json()) as OwnToken
    return { token, expires }
  }

  async #ask(url: string, asked: Promise<string>, method: 'GET' | 'POST' = 'GET'): Promise<Response> {
    const token = await asked.catch((error: unknown) => {
      const text = `The request could not be sent, because there is no token: ${String(error)}`
      throw new SdkError('unauthenticated', text, { cause: error })
    })
    try {
      // The API never redirects, and a token must not go anywhere the application did not name.
      return await fetch(url, { method, headers: { Authorization: `Bearer ${token}` }, redirect: 'error' })
    } catch (error) {
      throw new SdkError('unreachable', `The room could not be reached: ${String(error)}`, { cause: error })
    }
  }
}

const BY_ERROR_CODE: ReadonlyMap<string, SdkErrorCode> = new Map([
  ['no_such_room', 'no_such_room'],
  ['unauthenticated', 'unauthenticated'],
  ['forbidden', 'forbidden'],
  ['closed', 'closed_by_owner'],
  ['too_fast', 'too_fast'],
])

/** Maps a response of the HTTP API to an SdkError. */
async function errorOf(answer: Response): Promise<SdkError> {
  const body: { error?: { code?: string; message?: string } } = await answer.json().catch(() => ({}))
  const { code = '', message = '' } = body.error ?? {}
  const otherwise = answer.status >= 500 ? 'unreachable' : 'refused'
  return new SdkError(BY_ERROR_CODE.get(code) ?? otherwise, message || `The room answered ${answer.status}.`)
}
