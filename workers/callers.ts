/**
 * Who calls, and what the room lets them have. The token of an HTTP request stands in its Authorization header, and nowhere else. What
 * somebody may do is the room's to say; here its answers become the API's.
 */
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Answer, Person } from '../durable-objects/person.ts'
import { personOf, TokenError } from '../durable-objects/tokens.ts'
import type { Doors } from './doors.ts'
import { ApiError, refused, tokenRefused } from './errors.ts'

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
