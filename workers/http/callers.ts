/**
 * Authenticates callers, and maps a room's answers to those of the API. The token of an HTTP request is only
 * read from its Authorization header. What a person may do is decided by the room.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import { addressDigest, countedAs } from '../../auth/counted-as.ts'
import type { Answer, Principal } from '../../auth/principal.ts'
import { principalOf, TokenError } from '../../auth/tokens.ts'
import { SHARED_USER } from '../../core/model/admission.ts'
import { ApiError, refused, TOO_OFTEN, tokenRefused } from './errors.ts'
import type { HonoEnv } from './middleware.ts'
import type { Act } from './rates.ts'

/**
 * The principal making a request about a room; null if the room is not known yet.
 * @throws ApiError 401, 403 or 503 if the token is not accepted
 */
export async function callerOf(c: Context<HonoEnv>, room: string | null): Promise<Principal> {
  const token = bearerOf(c.req.header('Authorization'))
  const principal = await principalOf(token, c.get('deployment').tokens, room)
  if (principal instanceof TokenError) throw tokenRefused(principal)
  return principal
}

/** The digest of the address a request comes from, as the platform reports it; null if it does not. */
export async function addressOf(c: Context<HonoEnv>): Promise<string | null> {
  const address = c.req.header('CF-Connecting-IP')
  return address === undefined ? null : addressDigest(address, await c.get('deployment').tokens.secret)
}

/** Rate-limits by address, before anything is known about the caller. */
export function ratedByAddress(act: Act): MiddlewareHandler<HonoEnv> {
  return createMiddleware<HonoEnv>(async (c, next) => {
    const address = await addressOf(c)
    if (address !== null && !(await c.get('deployment').rates.allows(act, 'address', address)))
      throw TOO_OFTEN()
    await next()
  })
}

/**
 * Rate-limits by user. Callers without a token are counted only by address.
 * @throws ApiError 429
 */
export async function rateByUser(c: Context<HonoEnv>, act: Act, { user }: Principal): Promise<void> {
  if (user === SHARED_USER) return
  const counted = await countedAs(user, null)
  if (!(await c.get('deployment').rates.allows(act, 'user', counted.user))) throw TOO_OFTEN()
}

/** Passes only callers who may create rooms, before the body is read. @throws ApiError as `callerOf` */
export const mayMake = createMiddleware<HonoEnv>(async (c, next) => {
  const caller = await callerOf(c, null)
  if (caller.isGuest && c.get('deployment').tokens.provider !== null) {
    throw new ApiError(401, 'unauthenticated', 'Sign in to create a room: send your token as a Bearer token.')
  }
  await rateByUser(c, 'room', caller)
  await next()
})

/** The value of a room's answer. @throws ApiError 401, 403 or 404 if it refused */
export function given<T>(answer: Answer<T>): T {
  if (!answer.ok) throw refused(answer.refusal)
  return answer.value
}

/** Other schemes may be meant for a proxy in between, and are ignored. */
function bearerOf(header = ''): string | null {
  const [scheme, token = ''] = header.trim().split(/ +(.*)/, 2)
  if (scheme?.toLowerCase() !== 'bearer') return null
  if (token === '')
    throw new ApiError(401, 'unauthenticated', 'The Authorization header has no token after Bearer.')
  return token
}
