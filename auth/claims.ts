/**
 * What a token says that was found to be genuine: who somebody is, in which room, with which role. Pure. A claim that cannot be
 * understood refuses the token; nothing is guessed, but for the name to show.
 */
import type { JWTPayload } from 'jose'
import type { Role } from '../core/protocol/messages.ts'
import { cleanName } from './names.ts'
import type { Person } from './principal.ts'
import { TokenError, unauthenticated } from './token-error.ts'
import { isDeploymentId, isUserId, namedId } from './user-ids.ts'

/** The room of a token that is for every room. */
const ANY_ROOM = '*'

/** The latest moment that a date can tell, in s since the epoch of Unix. */
const MOST_S = 8.64e12

/** ms since the epoch of Unix: what ends later ends then, since no alarm of the platform can be set for more. */
const LATEST_MS = 8e12

/** s by which the clock of who made a token may be ahead of ours. */
export const TOLERANCE_S = 10

/** Where a token is shown. */
export interface Showing {
  /** Null where that is not known yet: then nothing is said of a role. */
  readonly room: string | null
  /** ms since the epoch of Unix */
  readonly now: number
  /** Whether it is of the host's identity provider, which need not know of rooms; not of this deployment. */
  readonly isProviders: boolean
  /** Whether there is such a provider at all. */
  readonly hasProvider: boolean
}

/** Ids of tokens that this deployment signs for a room. Those that a server of the host's signs may have others, or none. */
const TOKEN_ID = /^t[0-9a-f]{20}$/

/** @param claims of a token whose signature, issuer and audience are right */
export function personOfClaims(claims: JWTPayload, showing: Showing): Person | TokenError {
  const { now, isProviders } = showing
  const { iat, exp } = claims
  const user = userOf(claims, showing)
  if (user === null) {
    return unauthenticated(
      'the "sub" of the token is no id of a user: 1 to 128 visible characters, no spaces',
    )
  }
  if (!isMoment(iat) || iat * 1000 > now + TOLERANCE_S * 1000) {
    return unauthenticated(
      'the "iat" of the token has to say when it was made: in seconds, and not in the future',
    )
  }
  if (!isMoment(exp)) return unauthenticated('the "exp" of the token has to say when it ends, in seconds')
  const expiresAt = Math.min(Math.round(exp * 1000), LATEST_MS)
  if (expiresAt <= now) return expired()
  const role = roleOfClaims(claims, showing)
  if (role instanceof TokenError) return role
  return {
    user,
    name: nameOf(claims, user),
    role,
    issuedAt: Math.round(iat * 1000),
    expiresAt,
    isGuest: false,
    ...(isProviders ? { isProviders } : {}),
    ...(isProviders || !isTokenId(claims.jti) ? {} : { token: claims.jti }),
  }
}

/**
 * The user that a token names; null for none. Ids of the deployment and of a provider never meet: a provider vouches for none that the
 * deployment gives out, and beside a provider nobody is one of its users because the owner of a room chose that name.
 */
function userOf({ sub, jti, own }: JWTPayload, { isProviders, hasProvider }: Showing): string | null {
  if (typeof sub !== 'string' || !isUserId(sub) || (isProviders && isDeploymentId(sub))) return null
  const isNamed = !isProviders && isTokenId(jti) && own !== true
  const user = isNamed && hasProvider ? namedId(sub) : sub
  return isUserId(user) ? user : null
}

function isTokenId(jti: unknown): jti is string {
  return typeof jti === 'string' && TOKEN_ID.test(jti)
}

export function expired(): TokenError {
  return unauthenticated('the token has expired, a new one is needed')
}

function roleOfClaims(claims: JWTPayload, { room, isProviders }: Showing): Role | null | TokenError {
  const { room: named, role } = claims
  if (room === null) return null
  // A provider that knows of no rooms may mean anything by a role.
  if (named === undefined && isProviders) return null
  if (typeof named !== 'string') return unauthenticated('the "room" of the token has to name a room, or be *')
  if (named !== ANY_ROOM && named !== room)
    return new TokenError('forbidden', 'the token is for another room')
  if (role === undefined) return null
  return isRole(role) ? role : unauthenticated('the "role" of the token has to be owner, editor or viewer')
}

/** What to call somebody: the first of what the token tells that can be shown. */
function nameOf({ name, preferred_username: username, email }: JWTPayload, user: string): string {
  const local = typeof email === 'string' ? email.split('@')[0] : undefined
  for (const told of [name, username, local, user]) {
    const shown = typeof told === 'string' ? cleanName(told) : ''
    if (shown !== '') return shown
  }
  return 'Somebody'
}

function isMoment(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MOST_S
}

function isRole(value: unknown): value is Role {
  return value === 'owner' || value === 'editor' || value === 'viewer'
}
