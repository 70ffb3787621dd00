/** Errors of the HTTP API: a status and `{error: {code, message}}`, without internal details. */
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Refusal } from '../../auth/principal.ts'
import type { TokenError } from '../../auth/tokens.ts'

export class ApiError extends HTTPException {
  readonly code: string

  /** @param message what happened and what to do, for people */
  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(status, { message })
    this.code = code
  }
}

export function errorBody(code: string, message: string): { error: { code: string; message: string } } {
  return { error: { code, message } }
}

/** Headers of responses that are only for the caller. */
export const SECRET = { 'Cache-Control': 'no-store' }

export const NO_SUCH_ROOM = () =>
  new ApiError(404, 'no_such_room', 'There is no such room. Create one with POST /api/rooms.')

export const TOO_OFTEN = () =>
  new ApiError(429, 'too_many_requests', 'Too many requests. Try again in a minute.')

const STATUS = { unauthenticated: 401, forbidden: 403, unavailable: 503 } as const

/** A token was not accepted. */
export function tokenRefused({ kind, message }: TokenError): ApiError {
  return new ApiError(STATUS[kind], kind, `${message.charAt(0).toUpperCase()}${message.slice(1)}.`)
}

/** A room refused the caller. */
export function refused(refusal: Refusal): ApiError {
  switch (refusal) {
    case 'no_such_room':
      return NO_SUCH_ROOM()
    case 'unauthenticated':
      return new ApiError(
        401,
        'unauthenticated',
        'This room is not open to guests. Sign in, or ask its owner for an invitation, and send the token as a Bearer token.',
      )
    case 'revoked':
      return new ApiError(401, 'unauthenticated', 'This token was revoked. Ask for a new one.')
    case 'no_guests':
      return new ApiError(
        401,
        'unauthenticated',
        'This room does not accept guests now. Sign in, or ask its owner for an invitation, and send the token as a Bearer token.',
      )
    case 'forbidden':
      return new ApiError(
        403,
        'forbidden',
        'You do not have permission to do this in this room. Its owner can grant it.',
      )
    case 'closed':
      return new ApiError(403, 'closed', 'The owner has closed this room.')
  }
}
