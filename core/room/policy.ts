/**
 * Who may do what in a room: one reducer for the changes of that, and the rules that follow from it. The authority, the room's door
 * and the SDK ask the same functions, so that what a client shows is what the room decides.
 *
 * A user's role is, in this order: owner of the room; the role that was given to them in it; in a classroom, viewer; what their token
 * says; what the room's address alone gives. It knows no token, no socket and no clock.
 */
import { isFileChange } from '../protocol/changes.ts'
import { CHAT_UNITS } from '../protocol/limits.ts'
import type { Member, Policy, PolicyChange, RejectCode, Role, SubmittedChange } from '../protocol/messages.ts'

/** Of a room that nobody said anything about: it belongs to nobody, and its address is enough. */
export const DEFAULT_POLICY: Policy = {
  owner: null,
  mode: 'open',
  access: 'edit',
  chatting: true,
  closed: false,
  members: {},
  kicked: {},
}

/** Users that a room can give roles to, and as many that it can remove. */
export const MOST_MEMBERS = 1_000

/** Who somebody is to the rules. */
export interface Grant {
  readonly user: string
  /** What their token gives; null when it gives none, or there is no token. */
  readonly role: Role | null
}

/** What somebody may do here; null where they may not be here at all. */
export function roleOf(policy: Policy, { user, role: granted }: Grant): Role | null {
  if (policy.owner === user) return 'owner'
  const given = memberOf(policy, user)
  if (given !== undefined) return given.role
  const role = granted ?? BY_ACCESS[policy.access]
  if (role === null) return null
  if (role === 'owner' && policy.owner === null) return 'owner'
  if (policy.mode === 'classroom') return 'viewer'
  return role === 'owner' ? 'editor' : role
}

const BY_ACCESS = { private: null, view: 'viewer', edit: 'editor' } as const

export function mayEdit(role: Role | null): boolean {
  return role === 'owner' || role === 'editor'
}

/** Whether a peer's cursor is shown to the others: in a classroom those who look on are not seen looking. */
export function showsCursor(policy: Policy, role: Role | null): boolean {
  return policy.mode !== 'classroom' || mayEdit(role)
}

/** A reason to refuse a change. */
export interface Prohibition {
  readonly code: RejectCode
  readonly message: string
}

const MAY_LOOK: Prohibition = { code: 'forbidden', message: 'You may look at this room, not change it.' }
const OWNER_ONLY: Prohibition = { code: 'forbidden', message: "Only the room's owner may do this." }
const CHAT_OFF: Prohibition = { code: 'chat_off', message: 'Chat is switched off in this room.' }
const CHAT_TOO_LONG: Prohibition = {
  code: 'chat_too_long',
  message: `A message may have ${CHAT_UNITS} characters. Send it in parts, or put it into a file.`,
}
const OWNER_STAYS: Prohibition = {
  code: 'owner_stays',
  message: 'The owner can be neither demoted nor removed. Hand the room over first.',
}
const TOO_MANY: Prohibition = {
  code: 'too_many_members',
  message: `A room can give roles to ${MOST_MEMBERS} users, and remove as many.`,
}

/** Why somebody may not make a change; null where they may. */
export function prohibitionOf(policy: Policy, grant: Grant, change: SubmittedChange): Prohibition | null {
  const role = roleOf(policy, grant)
  if (isFileChange(change)) return mayEdit(role) ? null : MAY_LOOK
  if (change.type === 'chat') {
    if (change.text.length > CHAT_UNITS) return CHAT_TOO_LONG
    return role === 'owner' || (role !== null && policy.chatting) ? null : CHAT_OFF
  }
  if (role !== 'owner') return OWNER_ONLY
  if (change.type === 'role' && change.role !== 'owner') {
    if (change.user === policy.owner) return OWNER_STAYS
    return isFull(policy.members, change.user) ? TOO_MANY : null
  }
  if (change.type !== 'kick') return null
  if (change.user === policy.owner || change.user === grant.user) return OWNER_STAYS
  return isFull(policy.kicked, change.user) ? TOO_MANY : null
}

function isFull(users: Readonly<Record<string, unknown>>, one: string): boolean {
  return !Object.hasOwn(users, one) && Object.keys(users).length >= MOST_MEMBERS
}

/** The policy after a change. */
export function applyPolicy(policy: Policy, change: PolicyChange): Policy {
  switch (change.type) {
    case 'role':
      return withRole(policy, change.user, change.role, change.name ?? nameOf(policy, change.user))
    case 'mode':
      return { ...policy, mode: change.mode }
    case 'access':
      return { ...policy, access: change.access }
    case 'chatting':
      return { ...policy, chatting: change.on }
    case 'close':
      return { ...policy, closed: change.closed }
    case 'kick':
      return {
        ...policy,
        members: without(policy.members, change.user),
        kicked: { ...policy.kicked, [change.user]: change.at ?? 0 },
      }
  }
}

/** Who hands the room over stays as an editor. */
function withRole(policy: Policy, user: string, role: Role, name: string): Policy {
  if (role !== 'owner') return { ...policy, members: { ...policy.members, [user]: { role, name } } }
  if (policy.owner === user) return policy
  const rest = without(policy.members, user)
  const members: Policy['members'] =
    policy.owner === null ? rest : { ...rest, [policy.owner]: { role: 'editor', name: '' } }
  return { ...policy, owner: user, members }
}

/** The role that was given to a user in the room. */
export function memberOf({ members }: Policy, user: string): Member | undefined {
  return Object.hasOwn(members, user) ? members[user] : undefined
}

function nameOf(policy: Policy, user: string): string {
  return memberOf(policy, user)?.name ?? ''
}

function without<V>(record: Readonly<Record<string, V>>, key: string): Readonly<Record<string, V>> {
  const { [key]: _, ...rest } = record
  return rest
}
