/**
 * What a verified token says: the user, the room, the role. Pure. A claim that is not understood rejects the
 * token; nothing is guessed except the display name.
 */
import type { JWTPayload } from 'jose'
import type { Role } from '../core/protocol/messages.ts'
import { cleanName } from './names.ts'
import type { Principal } from './principal.ts'
import { TokenError, unauthenticated } from './token-error.ts'
import { isDeploymentId, isUserId, namedId } from './user-ids.ts'

/** The `room` of a token that is valid in every room. */
const ANY_ROOM = '*'

/** The latest time that a Date can represent, in Unix seconds. */
const MOST_S = 8.64e12

/** Unix ms. Later expiries are capped to this, as no platform alarm can be set later. */
const LATEST_MS = 8e12

/** Allowed clock skew of whoever issued a token, in seconds. */
export const TOLERANCE_S = 10

/** Where a token is presented. */
export interface Showing {
  /** Null if not known yet; then the result has no role. */
  readonly room: string | null
  /** Unix ms */
  readonly now: number
  /**
   * Whether the token is the host's identity provider's, which need not know of rooms, rather than this
   * deployment's.
   */
  readonly isProviders: boolean
  /** Whether an identity provider is configured. */
  readonly hasProvider: boolean
}

/**
 * Ids of tokens that this deployment signs for a room. Tokens signed by a server of the host may have
 * others, or none.
 */
const TOKEN_ID = /^t[0-9a-f]{20}$/

/** @param claims of a token whose signature, issuer and audience are verified */
export function principalOfClaims(claims: JWTPayload, showing: Showing): Principal | TokenError {
  const { now, isProviders } = showing
  const { iat, exp } = claims
  const user = userOf(claims, showing)
  if (user === null) {
    return unauthenticated(
      'the "sub" of the token is not a valid user id: 1 to 128 visible characters, no spaces',
    )
  }
  if (!isMoment(iat) || iat * 1000 > now + TOLERANCE_S * 1000) {
    return unauthenticated(
      'the "iat" of the token must be the time it was issued: in seconds, and not in the future',
    )
  }
  if (!isMoment(exp)) return unauthenticated('the "exp" of the token must be the time it expires, in seconds')
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
 * The user id of a token; null if it is invalid. Ids of the deployment and of a provider are disjoint: a
 * provider cannot vouch for an id that the deployment gives out, and if there is a provider, a room's owner
 * cannot make somebody one of its users by choosing that id.
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
  // A provider that does not know rooms may mean anything by a role.
  if (named === undefined && isProviders) return null
  if (typeof named !== 'string') return unauthenticated('the "room" of the token must name a room, or be *')
  if (named !== ANY_ROOM && named !== room)
    return new TokenError('forbidden', 'the token is for another room')
  if (role === undefined) return null
  return isRole(role) ? role : unauthenticated('the "role" of the token must be owner, editor or viewer')
}

/** The display name: the first of the token's names that is displayable. */
function nameOf({ name, preferred_username: username, email }: JWTPayload, user: string): string {
  const local = typeof email === 'string' ? email.split('@')[0] : undefined
  for (const candidate of [name, username, local, user]) {
    const shown = typeof candidate === 'string' ? cleanName(candidate) : ''
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
