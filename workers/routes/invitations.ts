/**
 * Tokens issued by a room's owner: for one room, as editor or viewer, for a limited time. They are signed by
 * the deployment, so their holders need no account; the owner vouches for who they are. Only the shape is
 * validated here; that the caller is the owner is checked by the room.
 */
import * as v from 'valibot'
import { newUser } from '../../auth/guests.ts'
import type { Principal } from '../../auth/principal.ts'
import { newTokenId, signToken, type TokenRules } from '../../auth/tokens.ts'
import { isDeploymentId, isGuestId, isUserId, namedId } from '../../auth/user-ids.ts'
import type { Invitation, InviteChange, Role } from '../../core/protocol/messages.ts'
import { ApiError } from '../http/errors.ts'
import { parse, parseName } from '../http/parse.ts'

const DAY_S = 24 * 60 * 60

/** Seconds for which a token is valid: least, most, and default. */
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

/** The token to sign. */
export interface Order {
  readonly user: string
  readonly name: string
  readonly role: Role
  /** seconds */
  readonly expiresInS: number
  /** Whether it is for the caller themselves. */
  readonly isOwn: boolean
}

/**
 * The body of `POST /api/rooms/<room>/tokens`. Without a `user`, the token is for a new user.
 * @throws ApiError 400 that says what is wrong
 */
export function parseInvitation(body: unknown, inviter: Principal, rules: TokenRules): Order {
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
 * Guests are identified only by their secrets, so nobody can be named as one; a guest who owns a room may
 * still get a token for themselves. If there is an identity provider, plain ids belong to its users, who
 * present its tokens: being named by a room's owner makes nobody one of them.
 */
function parseUser(name: string, inviter: Principal, { provider }: TokenRules): string {
  if (name === inviter.user) return name
  const user = provider === null ? name : namedId(name)
  if (isUserId(name) && isUserId(user) && !isGuestId(user)) return user
  const rule =
    'user must be 1 to 128 visible characters without spaces, and not api, guest or the id of a guest.'
  throw new ApiError(400, 'bad_user', rule)
}

/** The owner's own token, valid for the longest time. */
export function ownerInvitation({ user, name }: Pick<Principal, 'user' | 'name'>): Order {
  return { user, name, role: 'owner', expiresInS: MOST_S, isOwn: true }
}

/**
 * Whether somebody may renew their own token. Users of an identity provider must present its token:
 * otherwise a stolen token signed by this deployment could be renewed forever.
 */
export function isRenewable(principal: Principal, { provider }: TokenRules): boolean {
  return provider === null || principal.isProviders === true || isDeploymentId(principal.user)
}

/** @throws ApiError 401 if the token presented cannot be renewed */
export function checkRenewal(principal: Principal, rules: TokenRules): void {
  if (isRenewable(principal, rules)) return
  const how = 'To renew your own token, send one of your identity provider as a Bearer token.'
  throw new ApiError(401, 'unauthenticated', how)
}

/** A token signed for a room. */
export interface Issued extends Invitation {
  readonly id: string
  readonly token: string
}

/** Signs a token for a room. The room accepts it once it is on its list. */
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

/** What a room stores of a token: nothing that it could be reconstructed from. */
export function invitationOf({ user, name, role, at, expires }: Issued): Invitation {
  return { user, name, role, at, expires }
}

/** The change that adds a token to a room's list. */
export function inviteChange(issued: Issued): InviteChange {
  return { type: 'invite', token: issued.id, ...invitationOf(issued) }
}
