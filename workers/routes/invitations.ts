/**
 * Tokens that a room's owner hands out: for one room, as editor or viewer, for a time. They bear the deployment's signature, so whoever
 * has one needs no account; the owner vouches for who it is. What is checked here is the shape; that it is the owner who asks is the
 * room's to say.
 */
import * as v from 'valibot'
import { newUser } from '../../auth/guests.ts'
import type { Person } from '../../auth/principal.ts'
import { newTokenId, signToken, type TokenRules } from '../../auth/tokens.ts'
import { isDeploymentId, isGuestId, isUserId, namedId } from '../../auth/user-ids.ts'
import type { Invitation, InviteChange, Role } from '../../core/protocol/messages.ts'
import { ApiError } from '../http/errors.ts'
import { parse, parseName } from '../http/parse.ts'

const DAY_S = 24 * 60 * 60

/** s for which a token is good: at least, at most, and where nothing is said. */
const LEAST_S = 60
const MOST_S = 30 * DAY_S
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

/** For whom a token is to be signed. */
export interface Order {
  readonly user: string
  readonly name: string
  readonly role: Role
  /** seconds */
  readonly expiresInS: number
  /** Whether it is for whoever asks for it. */
  readonly isOwn: boolean
}

/**
 * The body of `POST /api/rooms/<room>/tokens`. Who is not named is somebody new.
 * @throws ApiError 400 that says what is wrong
 */
export function parseInvitation(body: unknown, inviter: Person, rules: TokenRules): Order {
  const { role, expiresInS, user, name } = parse(Body, body)
  const fresh = newUser()
  return {
    user: user === undefined ? fresh.user : parseUser(user, inviter, rules),
    name: name === undefined ? fresh.name : parseName(name),
    role,
    expiresInS,
    isOwn: user === inviter.user,
  }
}

/**
 * Guests are named by their secrets alone; a guest who owns a room may have a token for it all the same. Beside an identity provider,
 * plain ids are its users', who show its tokens: nobody else becomes one of them by being named.
 */
function parseUser(name: string, inviter: Person, { provider }: TokenRules): string {
  if (name === inviter.user) return name
  const user = provider === null ? name : namedId(name)
  if (isUserId(name) && isUserId(user) && !isGuestId(user)) return user
  const rule =
    'user must be 1 to 128 visible characters without spaces, and not api, guest or the id of a guest.'
  throw new ApiError(400, 'bad_user', rule)
}

/** The token of whoever owns a room, good for as long as any. */
export function ownerInvitation({ user, name }: Pick<Person, 'user' | 'name'>): Order {
  return { user, name, role: 'owner', expiresInS: MOST_S, isOwn: true }
}

/**
 * Whether somebody may have another token for themselves. Users of an identity provider have to show its token: whoever has got hold of
 * one that this deployment signed could make it last for ever.
 */
export function isRenewable(person: Person, { provider }: TokenRules): boolean {
  return provider === null || person.isProviders === true || isDeploymentId(person.user)
}

/** @throws ApiError 401 where a token cannot be renewed by the one that was shown */
export function checkRenewal(person: Person, rules: TokenRules): void {
  if (isRenewable(person, rules)) return
  const how = 'To renew your own token, send the one of your identity provider as a Bearer.'
  throw new ApiError(401, 'unauthenticated', how)
}

/** A token that was signed for a room. */
export interface Issued extends Invitation {
  readonly id: string
  readonly token: string
}

/** Signs a token for a room, good from now on. Its room does not take it before it has it in its list. */
export async function issue(
  { user, name, role, expiresInS, isOwn }: Order,
  room: string,
  rules: TokenRules,
): Promise<Issued> {
  const at = Date.now()
  const expires = at + expiresInS * 1000
  const id = newTokenId()
  const token = await signToken({ user, name, room, role, expiresAt: expires, id, isOwn }, rules)
  return { id, token, user, name, role, at, expires }
}

/** What a room keeps of a token: nothing that it could be made from. */
export function invitationOf({ user, name, role, at, expires }: Issued): Invitation {
  return { user, name, role, at, expires }
}

/** Has a room take a token. */
export function inviteChange(issued: Issued): InviteChange {
  return { type: 'invite', token: issued.id, ...invitationOf(issued) }
}
