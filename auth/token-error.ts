/** Why a token does not say who somebody is. What it says is for whoever showed the token, and has nothing of the token in it. */
import { CLOSE, type CloseReason } from '../core/protocol/codes.ts'

/** `unavailable`: it cannot be told just now, and the same token may do in a moment. */
export type TokenErrorKind = 'unauthenticated' | 'forbidden' | 'unavailable'

const CLOSES: Readonly<Record<TokenErrorKind, CloseReason>> = {
  unauthenticated: CLOSE.unauthenticated,
  forbidden: CLOSE.forbidden,
  unavailable: CLOSE.tryAgain,
}

/** Is answered, not thrown: a token that is none is nothing unexpected. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly kind: TokenErrorKind

  /** @param message what is wrong and what to do: plain ASCII that fits into a close reason, 123 bytes */
  constructor(kind: TokenErrorKind, message: string) {
    super(message)
    this.kind = kind
  }

  /** How the socket of such a person is closed: 4401, 4403 or 1013. */
  get close(): CloseReason {
    return { code: CLOSES[this.kind].code, reason: this.message }
  }
}

/** The token is none, or none any more. */
export function unauthenticated(message: string): TokenError {
  return new TokenError('unauthenticated', message)
}
