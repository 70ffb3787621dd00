/** What the SDK reads of a room over HTTP, beside its socket: with the token of the connection, and errors as an application has them. */
import { apiAddress } from './addresses.ts'
import { SdkError, type SdkErrorCode } from './sdk-error.ts'
import type { Tokens } from './tokens.ts'

export class RoomApi {
  readonly #url: string
  readonly #tokens: Tokens

  /** @param socket the address of the room's socket */
  constructor(socket: string, tokens: Tokens) {
    this.#url = apiAddress(socket)
    this.#tokens = tokens
  }

  /**
   * One page of what the log has of a kind, before commit `before` or up to now, as JSON.
   * @throws SdkError `no_such_room`, `unauthenticated`, `forbidden`, `closed_by_owner`, `unreachable`
   */
  async page(kind: 'chat' | 'removed', before: number | undefined): Promise<unknown> {
    const url = `${this.#url}/${kind}${before === undefined ? '' : `?before=${before}`}`
    let answer = await this.#get(url, this.#tokens.last())
    if (answer.status === 401 && this.#tokens.isRenewable) {
      answer = await this.#get(url, this.#tokens.ask())
    }
    if (!answer.ok) throw await errorOf(answer)
    return answer.json()
  }

  async #get(url: string, asked: Promise<string>): Promise<Response> {
    const token = await asked.catch((error: unknown) => {
      const text = `The room could not be asked, since no token is to be had: ${String(error)}`
      throw new SdkError('unauthenticated', text, { cause: error })
    })
    try {
      // The API redirects nobody, and a token goes nowhere but where the application said.
      return await fetch(url, { headers: { Authorization: `Bearer ${token}` }, redirect: 'error' })
    } catch (error) {
      throw new SdkError('unreachable', `The room could not be asked: ${String(error)}`, { cause: error })
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

/** The error that an answer of the HTTP API means to an application. */
async function errorOf(answer: Response): Promise<SdkError> {
  const body: { error?: { code?: string; message?: string } } = await answer.json().catch(() => ({}))
  const { code = '', message = '' } = body.error ?? {}
  const otherwise = answer.status >= 500 ? 'unreachable' : 'refused'
  return new SdkError(BY_ERROR_CODE.get(code) ?? otherwise, message || `The room answered ${answer.status}.`)
}
