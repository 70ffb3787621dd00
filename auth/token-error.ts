/**
 * Why a token was not accepted. The message is for whoever presented it, and contains nothing of the token.
 */
import { CLOSE, type CloseReason } from '../core/protocol/codes.ts'

/** `unavailable`: it cannot be checked at the moment; the same token may be accepted later. */
export type TokenErrorKind = 'unauthenticated' | 'forbidden' | 'unavailable'

const CLOSES: Readonly<Record<TokenErrorKind, CloseReason>> = {
  unauthenticated: CLOSE.unauthenticated,
  forbidden: CLOSE.forbidden,
  unavailable: CLOSE.tryAgain,
}

/** Returned, not thrown: an invalid token is nothing unexpected. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly kind: TokenErrorKind

  /** @param message what is wrong and what to do: plain ASCII that fits a close reason, 123 bytes */
  constructor(kind: TokenErrorKind, message: string) {
    super(message)
    this.kind = kind
  }

  /** The close code for this socket: 4401, 4403 or 1013. */
  get close(): CloseReason {
    return { code: CLOSES[this.kind].code, reason: this.message }
  }
}

/** The token is invalid or no longer valid. */
export function unauthenticated(message: string): TokenError {
  return new TokenError('unauthenticated', message)
}
