/**
 * What a person may do in a room over HTTP, and why not: the room's own policy, as refusals of the HTTP API.
 */

import type { Principal, Refusal } from '../../auth/principal.ts'
import { refusalOf } from '../../core/model/admission.ts'
import { mayEdit, roleOf } from '../../core/model/policy.ts'
import { CLOSE } from '../../core/protocol/codes.ts'
import type { Policy } from '../../core/protocol/messages.ts'

export type Right = 'look' | 'edit' | 'own'

/** Why a person has no such right; null if they have it. */
export function mayNot(policy: Policy, principal: Principal, right: Right): Refusal | null {
  const refusal = refusalOf(policy, principal)
  if (refusal === CLOSE.unauthenticated) return 'unauthenticated'
  if (refusal === CLOSE.revoked) return 'revoked'
  if (refusal === CLOSE.noGuests) return 'no_guests'
  if (refusal === CLOSE.closedByOwner) return 'closed'
  if (refusal !== null) return 'forbidden'
  const role = roleOf(policy, principal)
  const may = right === 'look' || (right === 'edit' ? mayEdit(role) : role === 'owner')
  return may ? null : 'forbidden'
}
