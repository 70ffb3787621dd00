/**
 * Tokens that a room's owner hands out: for one room, as editor or viewer, for a time. They bear the deployment's signature, so whoever
 * has one needs no account; the owner vouches for who it is. What is checked here is the shape; that it is the owner who asks is the
 * room's to say.
 */
import * as v from 'valibot'
import { newUser } from '../durable-objects/guests.ts'
import type { Person } from '../durable-objects/person.ts'
import { signToken, type TokenRules } from '../durable-objects/tokens.ts'
import { isGuestId, isUserId } from '../durable-objects/user-ids.ts'
import { ApiError } from './errors.ts'
import { parse, parseName } from './parse.ts'

const DAY_S = 24 * 60 * 60

/** s for which a token is good: at least, at most, and where nothing is said. */
const LEAST_S = 60
export const MOST_S = 30 * DAY_S
const USUAL_S = 7 * DAY_S

const SPAN = `expiresInS must be a whole number from ${LEAST_S} to ${MOST_S}: seconds`

const Body = v.strictObject({
  role: v.picklist(['editor', 'viewer'], 'role must be editor or viewer'),
  expiresInS: v.optional(
    v.pipe(v.number(SPAN), v.integer(SPAN), v.minValue(LEAST_S, SPAN), v.maxValue(MOST_S, SPAN)),
    USUAL_S,
  ),
  user: v.optional(v.string()),
  name: v.optional(v.string()),
})

export interface Invitation {
  readonly user: string
  readonly name: string
  readonly role: 'editor' | 'viewer'
  /** seconds */
  readonly expiresInS: number
}

/**
 * The body of `POST /api/rooms/<room>/tokens`. Who is not named is somebody new.
 * @throws ApiError 400 that says what is wrong
 */
export function parseInvitation(body: unknown, inviter: Person): Invitation {
  const { role, expiresInS, user, name } = parse(Body, body)
  const fresh = newUser()
  return {
    user: user === undefined ? fresh.user : parseUser(user, inviter),
    name: name === undefined ? fresh.name : parseName(name),
    role,
    expiresInS,
  }
}

/** Guests are named by their secrets alone; a guest who owns a room may have a token for it all the same. */
function parseUser(user: string, inviter: Person): string {
  if (isUserId(user) && (!isGuestId(user) || user === inviter.user)) return user
  const rule =
    'user must be 1 to 128 visible characters without spaces, and not api, guest or the id of a guest.'
  throw new ApiError(400, 'bad_user', rule)
}

export interface Issued {
  readonly token: string
  /** ms since the epoch of Unix */
  readonly expires: number
}

/** Signs a token for a room, good from now on. */
export async function issue(
  {
    user,
    name,
    role,
    expiresInS,
  }: Omit<Invitation, 'role'> & { readonly role: Invitation['role'] | 'owner' },
  room: string,
  rules: TokenRules,
): Promise<Issued> {
  const expires = Date.now() + expiresInS * 1000
  return { token: await signToken({ user, name, room, role, expiresAt: expires }, rules), expires }
}
