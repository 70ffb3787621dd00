/**
 * Tokens: determines who somebody is from what they present, and signs this deployment's own tokens. Rules A
 * of docs/protocol.md.
 *
 * Invariant: a token's algorithm determines the key that verifies it, and each key has its own list of
 * algorithms, so that no token chooses how it is verified. It knows no request, no socket and no room's
 * policy: who a person is, not what they may do.
 */
import {
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  SignJWT,
} from 'jose'
import type { Role } from '../core/protocol/messages.ts'
import { expired, principalOfClaims, TOLERANCE_S } from './claims.ts'
import { guestOf } from './guests.ts'
import { type Keys, KeysAway } from './keys.ts'
import type { Principal } from './principal.ts'
import { GUEST_SECRET_UNITS, isGuestSecret } from './secrets.ts'
import { TokenError, unauthenticated } from './token-error.ts'

export { TokenError } from './token-error.ts'

/** The host's identity provider. */
export interface Provider {
  readonly keys: Keys
  readonly issuer: string
  readonly audiences: readonly string[]
}

export interface TokenRules {
  /**
   * Signs and verifies the deployment's own tokens, and derives user ids from guests' secrets. Only this
   * deployment has it.
   */
  readonly secret: Promise<CryptoKey>
  /** Null if none is configured. */
  readonly provider: Provider | null
}

/** Most UTF-16 units of a signed token, which is ASCII. */
const TOKEN_UNITS = 8 * 1024

/** Random bytes in the id of a token. */
const TOKEN_ID_BYTES = 10

/** Issuer and audience of this deployment's own tokens. */
const OURSELVES = 'edgeroom'

/** What a token of this deployment grants. */
export interface Granting {
  readonly user: string
  readonly name: string
  readonly room: string
  readonly role: Role
  /** Unix ms */
  readonly expiresAt: number
  /** From `newTokenId`, if the room keeps a list of such tokens. */
  readonly id?: string
  /** Whether the token is for the user who requested it; otherwise the owner of the room named the user. */
  readonly isOwn?: boolean
}

/** Whose signature is expected, and with which algorithms. */
interface Source {
  readonly key: JWTVerifyGetKey
  readonly algorithms: string[]
  readonly issuer: string
  readonly audience: string[]
  readonly isProviders: boolean
}

/**
 * Who presents this token in a room or, if the room is null, in general. A string with dots like a signed
 * token is one, or rejected; any other string is a guest's secret; null means no token.
 */
export async function principalOf(
  token: string | null,
  rules: TokenRules,
  room: string | null,
): Promise<Principal | TokenError> {
  if (token === null) return guestOf(null, await rules.secret)
  if (!isSigned(token)) return isGuestSecret(token) ? guestOf(token, await rules.secret) : guessable()
  if (token.length > TOKEN_UNITS) return unauthenticated('the token is too long: the limit is 8 KiB')
  const source = sourceOf(token, rules)
  if (source instanceof TokenError) return source
  const claims = await verified(token, source)
  if (claims instanceof TokenError) return claims
  return principalOfClaims(claims, {
    room,
    now: Date.now(),
    isProviders: source.isProviders,
    hasProvider: rules.provider !== null,
  })
}

/** Signs a token of this deployment, issued now. */
export async function signToken(
  { user, name, room, role, expiresAt, id, isOwn = false }: Granting,
  rules: TokenRules,
): Promise<string> {
  const listed = id === undefined ? {} : { jti: id, ...(isOwn ? { own: true } : {}) }
  const claims = { sub: user, name, room, role, iss: OURSELVES, aud: OURSELVES, ...listed }
  // In fractional seconds: of two tokens issued within a second, the one from before a removal is rejected
  // and the one after it is not.
  return new SignJWT({ ...claims, iat: Date.now() / 1000, exp: expiresAt / 1000 })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(await rules.secret)
}

/** A random id for a new token. */
export function newTokenId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_ID_BYTES))
  return `t${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

function isSigned(token: string): boolean {
  return token.split('.', 3).length === 3
}

function sourceOf(token: string, { secret, provider }: TokenRules): Source | TokenError {
  const alg = algorithmOf(token)
  if (alg === null) return malformed()
  if (alg === 'HS256') {
    const own = { issuer: OURSELVES, audience: [OURSELVES], isProviders: false }
    return { key: () => secret, algorithms: ['HS256'], ...own }
  }
  if (provider === null || (alg !== 'RS256' && alg !== 'ES256')) {
    return unauthenticated('the token is signed with an algorithm that is not accepted here')
  }
  const { keys, issuer, audiences } = provider
  return {
    key: keys.find,
    algorithms: ['RS256', 'ES256'],
    issuer,
    audience: [...audiences],
    isProviders: true,
  }
}

function algorithmOf(token: string): unknown {
  try {
    return decodeProtectedHeader(token).alg ?? null
  } catch {
    // jose's error says where the token is malformed, which is not disclosed.
    return null
  }
}

async function verified(token: string, source: Source): Promise<JWTPayload | TokenError> {
  const { key, algorithms, issuer, audience } = source
  const requiredClaims = ['sub', 'iat', 'exp']
  const options = { algorithms, issuer, audience, requiredClaims, clockTolerance: TOLERANCE_S }
  try {
    return (await jwtVerify(token, key, options)).payload
  } catch (error) {
    return reasonOf(error)
  }
}

/** Why a token is rejected. @throws anything that is not the token's fault */
function reasonOf(error: unknown): TokenError {
  if (error instanceof KeysAway) {
    return new TokenError(
      'unavailable',
      'tokens cannot be checked right now: the identity provider does not answer',
    )
  }
  if (error instanceof errors.JWTExpired) return expired()
  if (error instanceof errors.JWTClaimValidationFailed)
    return unauthenticated(CLAIMS[error.claim] ?? claimMissing(error))
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed) {
    return unauthenticated('the token is not signed with a key that is trusted here')
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return unauthenticated('the token does not say which key it is signed with ("kid")')
  }
  if (error instanceof errors.JOSEError || error instanceof TypeError) return malformed()
  throw error
}

const CLAIMS: Readonly<Record<string, string>> = {
  iss: 'the token is from an issuer ("iss") that is not trusted here',
  aud: 'the token is for another audience ("aud")',
  nbf: 'the token is not valid yet ("nbf")',
}

/** The required claims are listed in this module, so no name in this message comes from a token. */
function claimMissing({ claim }: errors.JWTClaimValidationFailed): string {
  return `the token has no valid "${claim}"`
}

function guessable(): TokenError {
  return unauthenticated(
    `the guest secret is too easy to guess: use ${GUEST_SECRET_UNITS} or more random characters`,
  )
}

function malformed(): TokenError {
  return unauthenticated('the token is malformed')
}
