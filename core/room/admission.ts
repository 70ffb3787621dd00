/**
 * Who may be in a room: asked at its door, and again of everybody who is in it when the rules have changed. It knows no token and no
 * socket: what a token says is handed in.
 */
import { CLOSE, type CloseReason } from '../protocol/codes.ts'
import type { Policy } from '../protocol/messages.ts'
import { type Grant, roleOf } from './policy.ts'

/** Who comes to the door. */
export interface Visitor extends Grant {
  /** When the token was made, in ms since the epoch of Unix; null when it does not say. */
  readonly issuedAt: number | null
  /** Whether nobody vouches for who it is. */
  readonly isGuest: boolean
}

/** Why somebody may not be in the room; null where they may. */
export function refusalOf(policy: Policy, visitor: Visitor): CloseReason | null {
  const role = roleOf(policy, visitor)
  if (role === 'owner') return null
  if (isKicked(policy, visitor)) return CLOSE.kicked
  if (role === null) return visitor.isGuest ? CLOSE.unauthenticated : CLOSE.forbidden
  return policy.closed ? CLOSE.closedByOwner : null
}

/** Tokens tell their time in seconds: one of the second of the removal may be from before it. */
function isKicked({ kicked }: Policy, { user, issuedAt }: Visitor): boolean {
  const at = Object.hasOwn(kicked, user) ? kicked[user] : undefined
  return at !== undefined && (issuedAt === null || issuedAt <= at)
}
