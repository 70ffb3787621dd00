/**
 * Reads request bodies within a limit. A body that is too large or incomplete is the sender's fault, and not
 * logged.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { JSON_DEPTH, jsonExcess } from '../../core/protocol/json-bounds.ts'
import { ApiError } from './errors.ts'

/**
 * Limits the body. Errors thrown by later handlers are passed on unchanged.
 * @param bytes most bytes of the body
 */
export function whole(bytes: number): MiddlewareHandler {
  const limit = bodyLimit({
    maxSize: bytes,
    onError: () => {
      throw new ApiError(413, 'too_large', `A request body may have at most ${bytes} bytes.`)
    },
  })
  return createMiddleware(async (c, next) => {
    try {
      return await limit(c, next)
    } catch (error) {
      if (error instanceof ApiError) throw error
      throw new ApiError(400, 'bad_request', 'The body ended prematurely.')
    }
  })
}

/**
 * The body as JSON of any shape. JSON that is too expensive to parse is rejected first.
 * @throws ApiError 400 or 413
 */
export async function jsonOf(c: Context): Promise<unknown> {
  // Not `c.req.text()`, which caches the text for the whole request.
  const body = await c.req.raw.text().catch(() => {
    throw new ApiError(400, 'bad_request', 'The body ended prematurely.')
  })
  const excess = jsonExcess(body)
  if (excess === 'too_deep')
    throw new ApiError(400, 'bad_request', `The body may be nested at most ${JSON_DEPTH} levels deep.`)
  if (excess === 'too_complex')
    throw new ApiError(413, 'too_large', 'The body has too many arrays, objects and values.')
  try {
    return JSON.parse(body)
  } catch {
    throw new ApiError(400, 'bad_request', 'The body must be JSON.')
  }
}
