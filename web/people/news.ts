/**
 * What is new in the rules of a room, in words for the person whom it concerns. Pure. The rules do not say who changed them, but
 * only the owner can: so it was whoever owned the room before.
 */

import { memberOf } from '../../client/index.ts'
import type { Policy, Role } from '../../client/types.ts'

/** Who somebody is to the room at one moment. */
export interface Rights {
  readonly user: string
  readonly role: Role
  readonly policy: Policy
}

/** @param nameOf what a user is called; null for whom nobody here knows. Answers null where there is nothing to tell. */
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
    if (is === user) return `${actor ?? 'The owner'} handed the room over to you. It is yours now.`
    if (was === user) return `You handed the room over to ${to}. You are an editor now.`
    return `${actor ?? 'The owner'} handed the room over to ${to}.`
  }
  if (before.role === after.role) return null
  const mayEdit = after.role !== 'viewer'
  const outcome = mayEdit ? 'You may edit now.' : 'You are looking on now.'
  if (actor === null) return outcome
  if (before.policy.mode !== after.policy.mode) {
    const which = after.policy.mode === 'classroom' ? 'on' : 'off'
    return `${actor} switched classroom mode ${which}. ${outcome}`
  }
  const given = memberOf(after.policy, user)?.role
  if (given === undefined || given === memberOf(before.policy, user)?.role) return outcome
  return mayEdit ? `${actor} made you an editor.` : `${actor} made you a viewer.`
}
