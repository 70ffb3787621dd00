/** A principal for tests, and the rights in a welcome of a room with the default policy. */

import type { Principal } from '../../auth/principal.ts'
import { DEFAULT_POLICY } from '../../core/model/policy.ts'
import type { Role } from '../../core/protocol/messages.ts'

/** A guest by default. */
export function personOf(user: string, more: Partial<Person> = {}): Person {
  return { user, name: user, role: null, issuedAt: null, expiresAt: null, isGuest: true, ...more }
}

/** The fields of a welcome about rights. */
export const UNRULED = {
  role: 'editor' as Role,
  granted: null,
  expires: null,
  policy: DEFAULT_POLICY,
}
