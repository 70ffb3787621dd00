/**
 * Who may be in a room: asked at its door, and again of everybody who is in it when the rules have changed. It knows no token and no
 * socket: what a token says is handed in.
 */
import { CLOSE, type CloseReason } from '../protocol/codes.ts'
import type { Policy } from '../protocol/messages.ts'
import { type Grant, invitationOf, roleOf } from './policy.ts'

/** The user of everybody who sends no token. */
export const SHARED_USER = 'guest'

/** Who comes to the door. */
export interface Visitor extends Grant {
  /** When the token was made, in ms since the epoch of Unix; null when it does not say. */
  readonly issuedAt: number | null
  /** Whether nobody vouches for who it is. */
  readonly isGuest: boolean
  /** Whether the host's identity provider vouches for who it is; else, unless it is a guest, this deployment does. */
  readonly isProviders?: true
  /** The id of a token that this deployment has signed for somebody, and that its room keeps a list of. */
  readonly token?: string
}

/** Why somebody may not be in the room; null where they may. */
export function refusalOf(policy: Policy, visitor: Visitor): CloseReason | null {
  const isOwner = policy.owner === visitor.user
  if (!isOwner && Object.hasOwn(policy.banned, visitor.user)) return CLOSE.banned
  if (!isOwner && isKicked(policy, visitor)) return CLOSE.kicked
  // Whoever has a stolen token of the owner's is no owner once it was taken back.
  if (isRevoked(policy, visitor)) return CLOSE.revoked
  const role = roleOf(policy, visitor)
  if (role === 'owner') return null
  if (visitor.isGuest && !policy.guests) return CLOSE.noGuests
  if (role === null) return visitor.isGuest ? CLOSE.unauthenticated : CLOSE.forbidden
  return policy.closed ? CLOSE.closedByOwner : null
}

/**
 * Whether the token was taken back: by its id, or with all those that had been made by then. A token without an id is one that a server
 * of the host's signed, or one of a time before tokens had ids.
 */
function isRevoked(policy: Policy, { token, issuedAt, isGuest, isProviders }: Visitor): boolean {
  if (isGuest || isProviders === true) return false
  if (token !== undefined) return invitationOf(policy, token) === undefined
  return policy.revokedAt > 0 && (issuedAt === null || issuedAt <= policy.revokedAt)
}

/** Tokens tell their time in seconds: one of the second of the removal may be from before it. */
function isKicked({ kicked }: Policy, { user, issuedAt }: Visitor): boolean {
  const at = Object.hasOwn(kicked, user) ? kicked[user] : undefined
  return at !== undefined && (issuedAt === null || issuedAt <= at)
}
