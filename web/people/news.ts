/**
 * What a policy change means for one person, in words. Pure. The policy does not say who changed it, but
 * only the owner can: so it was whoever owned the room before.
 */

import { memberOf } from '../../client/index.ts'
import type { Policy, Role } from '../../client/types.ts'

/** A user's role in the room at one moment. */
export interface Rights {
  readonly user: string
  readonly role: Role
  readonly policy: Policy
}

/**
 * @param nameOf the name of a user; null if it is not known here
 * @returns null if nothing changed for this user
 */
export function rightsNews(
  before: Rights,
  after: Rights,
  nameOf: (user: string) => string | null,
): string | null {
  const { user } = after
  const [was, is] = [before.policy.owner, after.policy.owner]
  const actor = was === null || was === user ? null : nameOf(was)
  if (was !== is && is !== null) {
    const to = nameOf(is) ?? 'somebody else'
    if (is === user) return `${actor ?? 'The owner'} made you the owner of this room.`
    if (was === user) return `You made ${to} the owner of this room. You are an editor now.`
    return `${actor ?? 'The owner'} made ${to} the owner of this room.`
  }
  if (before.role === after.role) return null
  const mayEdit = after.role !== 'viewer'
  const outcome = mayEdit ? 'You can edit now.' : 'You can only view now.'
  if (actor === null) return outcome
  if (before.policy.mode !== after.policy.mode) {
    const which = after.policy.mode === 'classroom' ? 'on' : 'off'
    return `${actor} turned classroom mode ${which}. ${outcome}`
  }
  const given = memberOf(after.policy, user)?.role
  if (given === undefined || given === memberOf(before.policy, user)?.role) return outcome
  return mayEdit ? `${actor} made you an editor.` : `${actor} made you a viewer.`
}
