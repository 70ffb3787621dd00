/**
 * Who may be in a room: checked on entry, and again for everybody present when the policy changes. It knows
 * no token and no socket: the caller passes in what the token says.
 */
import { CLOSE, type CloseReason } from '../protocol/codes.ts'
import type { Policy } from '../protocol/messages.ts'
import { type Grant, invitationOf, roleOf } from './policy.ts'

/** User id shared by everybody who sends no token. */
export const SHARED_USER = 'guest'

/** Somebody who asks to enter. */
export interface Visitor extends Grant {
  /** When the token was issued, Unix ms; null if it does not say. */
  readonly issuedAt: number | null
  /** Whether nobody vouches for the identity. */
  readonly isGuest: boolean
  /**
   * Whether the host's identity provider vouches for the identity. If not, and unless it is a guest, this
   * deployment does.
   */
  readonly isProviders?: true
  /** The id of a token that this deployment signed and that its room lists as an invitation. */
  readonly token?: string
}

/** Why somebody may not be in the room; null if they may. */
export function refusalOf(policy: Policy, visitor: Visitor): CloseReason | null {
  const isOwner = policy.owner === visitor.user
  if (!isOwner && Object.hasOwn(policy.banned, visitor.user)) return CLOSE.banned
  if (!isOwner && isKicked(policy, visitor)) return CLOSE.kicked
  // A stolen token of the owner gives no ownership once it is revoked.
  if (isRevoked(policy, visitor)) return CLOSE.revoked
  const role = roleOf(policy, visitor)
  if (role === 'owner') return null
  if (visitor.isGuest && !policy.guests) return CLOSE.noGuests
  if (role === null) return visitor.isGuest ? CLOSE.unauthenticated : CLOSE.forbidden
  return policy.closed ? CLOSE.closedByOwner : null
}

/**
 * Whether the token was revoked: by its id, or with all tokens issued before some time. A token without an
 * id was signed by a server of the host, or before tokens had ids.
 */
function isRevoked(policy: Policy, { token, issuedAt, isGuest, isProviders }: Visitor): boolean {
  if (isGuest || isProviders === true) return false
  if (token !== undefined) return invitationOf(policy, token) === undefined
  return policy.revokedAt > 0 && (issuedAt === null || issuedAt <= policy.revokedAt)
}

/** Tokens have times in seconds: one issued in the second of the removal may be from before it. */
function isKicked({ kicked }: Policy, { user, issuedAt }: Visitor): boolean {
  const at = Object.hasOwn(kicked, user) ? kicked[user] : undefined
  return at !== undefined && (issuedAt === null || issuedAt <= at)
}
