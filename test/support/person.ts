/**
 * Somebody as the Worker knows them, and what a welcome says of the rules of a room that nobody made any
 * for.
 */

import type { Principal } from '../../auth/principal.ts'
import { DEFAULT_POLICY } from '../../core/model/policy.ts'
import type { Role } from '../../core/protocol/messages.ts'

/** A guest, unless more is said. */
export function personOf(user: string, more: Partial<Principal> = {}): Principal {
  return { user, name: user, role: null, issuedAt: null, expiresAt: null, isGuest: true, ...more }
}

/** The part of a welcome that is about rights. */
export const UNRULED = {
  role: 'editor' as Role,
  granted: null,
  expires: null,
  policy: DEFAULT_POLICY,
}
