/** Errors of the HTTP API: `{error: {code, message}}`, a status, and nothing of the inside. */
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

export class ApiError extends HTTPException {
  readonly code: string

  /** @param message what happened and what to do, for a person */
  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(status, { message })
    this.code = code
  }
}

export function errorBody(code: string, message: string): { error: { code: string; message: string } } {
  return { error: { code, message } }
}

export const NO_SUCH_ROOM = () =>
  new ApiError(404, 'no_such_room', 'There is no such room. Make one with POST /api/rooms.')
