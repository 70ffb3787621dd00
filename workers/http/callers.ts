/**
 * Who calls, and what the room lets them have. The token of an HTTP request stands in its Authorization header, and nowhere else. What
 * somebody may do is the room's to say; here its answers become the API's.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import { addressDigest, countedAs } from '../../auth/counted-as.ts'
import type { Answer, Person } from '../../auth/principal.ts'
import { personOf, TokenError } from '../../auth/tokens.ts'
import { SHARED_USER } from '../../core/model/admission.ts'
import { ApiError, refused, TOO_OFTEN, tokenRefused } from './errors.ts'
import type { Doors } from './middleware.ts'
import type { Act } from './rates.ts'

/**
 * The person behind a request about a room; with null, about none that is known yet.
 * @throws ApiError 401, 403 or 503 where the token is not taken
 */
export async function callerOf(c: Context<Doors>, room: string | null): Promise<Person> {
  const token = bearerOf(c.req.header('Authorization'))
  const person = await personOf(token, c.get('deployment').tokens, room)
  if (person instanceof TokenError) throw tokenRefused(person)
  return person
}

/** The digest of the address that a request comes from, as the platform says; null where it does not. */
export async function addressOf(c: Context<Doors>): Promise<string | null> {
  const address = c.req.header('CF-Connecting-IP')
  return address === undefined ? null : addressDigest(address, await c.get('deployment').tokens.secret)
}

/** Counts what is asked for from an address, before anything is known of who asks. */
export function ratedByAddress(act: Act): MiddlewareHandler<Doors> {
  return createMiddleware<Doors>(async (c, next) => {
    const address = await addressOf(c)
    if (address !== null && !(await c.get('deployment').rates.allows(act, 'address', address)))
      throw TOO_OFTEN()
    await next()
  })
}

/**
 * Counts what a user asks for. Those who show no token are counted by address alone.
 * @throws ApiError 429
 */
export async function rateByUser(c: Context<Doors>, act: Act, { user }: Person): Promise<void> {
  if (user === SHARED_USER) return
  const counted = await countedAs(user, null)
  if (!(await c.get('deployment').rates.allows(act, 'user', counted.user))) throw TOO_OFTEN()
}

/** Lets only those who may make rooms send one: nothing of the body has been read by then. @throws ApiError as `callerOf` */
export const mayMake = createMiddleware<Doors>(async (c, next) => {
  const caller = await callerOf(c, null)
  if (caller.isGuest && c.get('deployment').tokens.provider !== null) {
    throw new ApiError(
      401,
      'unauthenticated',
      'Who makes a room has to sign in: send your token as a Bearer.',
    )
  }
  await rateByUser(c, 'room', caller)
  await next()
})

/** What a room gave. @throws ApiError 401, 403 or 404 where it refused */
export function given<T>(answer: Answer<T>): T {
  if (!answer.ok) throw refused(answer.refusal)
  return answer.value
}

/** Schemes that are not ours may be between the caller and a proxy. */
function bearerOf(header = ''): string | null {
  const [scheme, token = ''] = header.trim().split(/ +(.*)/, 2)
  if (scheme?.toLowerCase() !== 'bearer') return null
  if (token === '')
    throw new ApiError(401, 'unauthenticated', 'The Authorization header has no token after Bearer.')
  return token
}
