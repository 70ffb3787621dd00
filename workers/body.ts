/** The body of a request, within its limit. One that is too large, or breaks off, is its sender's fault and no trouble of ours. */

import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { ApiError } from './errors.ts'

/** Bytes of a request body: a project of 5,000 small files or 20 large ones. */
const BODY_BYTES = 32 * 1024 * 1024

const limit = bodyLimit({
  maxSize: BODY_BYTES,
  onError: () => {
    throw new ApiError(413, 'too_large', `A request body may have ${BODY_BYTES} bytes.`)
  },
})

/** Whatever the handlers behind it throw does not come by here. */
export const whole = createMiddleware(async (c, next) => {
  try {
    return await limit(c, next)
  } catch (error) {
    if (error instanceof ApiError) throw error
    throw new ApiError(400, 'bad_request', 'The body broke off before its end.')
  }
})
