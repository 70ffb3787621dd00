/** The body of a request, within its limit. One that is too large, or breaks off, is its sender's fault and no trouble of ours. */
import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { JSON_DEPTH, jsonExcess } from '../../core/protocol/json-bounds.ts'
import { ApiError } from './errors.ts'

/** Whatever the handlers behind it throw does not come by here. @param bytes that the body may have */
export function whole(bytes: number): MiddlewareHandler {
  const limit = bodyLimit({
    maxSize: bytes,
    onError: () => {
      throw new ApiError(413, 'too_large', `A request body may have ${bytes} bytes.`)
    },
  })
  return createMiddleware(async (c, next) => {
    try {
      return await limit(c, next)
    } catch (error) {
      if (error instanceof ApiError) throw error
      throw new ApiError(400, 'bad_request', 'The body broke off before its end.')
    }
  })
}

/** The body as JSON, of whatever shape. What would cost too much to parse is refused before. @throws ApiError 400 or 413 */
export async function jsonOf(c: Context): Promise<unknown> {
  // Not `c.req.text()`, which keeps it for as long as the request lasts.
  const body = await c.req.raw.text().catch(() => {
    throw new ApiError(400, 'bad_request', 'The body broke off before its end.')
  })
  const excess = jsonExcess(body)
  if (excess === 'too_deep')
    throw new ApiError(400, 'bad_request', `The body may be nested ${JSON_DEPTH} levels deep.`)
  if (excess === 'too_complex')
    throw new ApiError(413, 'too_large', 'The body may not have that many lists, objects and values.')
  try {
    return JSON.parse(body)
  } catch {
    throw new ApiError(400, 'bad_request', 'The body must be JSON.')
  }
}
