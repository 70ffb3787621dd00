/**
 * Who may do what in a room: one reducer for policy changes, and the rules that follow from a policy. The
 * authority, admission and the SDK use the same functions, so that what a client shows is what the room
 * decides.
 *
 * A user's role is, in this order: owner of the room; the role given to them in it; in a classroom, viewer;
 * the role in their token; what the room's address alone allows. It knows no token, no socket and no clock.
 */
import { isFileChange } from '../protocol/changes.ts'
import { CHAT_UNITS } from '../protocol/limits.ts'
import type {
  BanChange,
  Invitation,
  Member,
  Policy,
  PolicyChange,
  RejectCode,
  Role,
  SubmittedChange,
} from '../protocol/messages.ts'

/** Policy of a room without policy changes: it has no owner, and its address is enough. */
export const DEFAULT_POLICY: Policy = {
  owner: null,
  mode: 'open',
  access: 'edit',
  chatting: true,
  closed: false,
  members: {},
  kicked: {},
  banned: {},
  guests: true,
  invitations: {},
  revokedAt: 0,
}

/** Completes a stored policy, which may predate some of the fields. */
export function policyOf(stored: object | null): Policy {
  return { ...DEFAULT_POLICY, ...stored }
}

/** Users to whom a room can give roles; also the maximum of kicked and of banned users. */
export const MOST_MEMBERS = 1_000

/** Valid invitations per room at any one time. */
export const MOST_INVITATIONS = 500

/** What the rules know about a user. */
export interface Grant {
  readonly user: string
  /** Role given by the token; null if it gives none, or there is no token. */
  readonly role: Role | null
}

/** What somebody may do here; null if they may not be here at all. */
export function roleOf(policy: Policy, { user, role: granted }: Grant): Role | null {
  if (policy.owner === user) return 'owner'
  if (Object.hasOwn(policy.banned, user)) return null
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

/** Whether others see this peer's cursor: in a classroom, those of viewers are hidden. */
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
  message: `A message may have at most ${CHAT_UNITS} characters. Split it, or put it into a file.`,
}
const OWNER_STAYS: Prohibition = {
  code: 'owner_stays',
  message: 'The owner can be neither demoted nor removed. Hand the room over first.',
}
const TOO_MANY: Prohibition = {
  code: 'too_many_members',
  message: `A room can give roles to at most ${MOST_MEMBERS} users, and remove and ban as many.`,
}
const TOO_MANY_INVITATIONS: Prohibition = {
  code: 'too_many_invitations',
  message: `A room can have at most ${MOST_INVITATIONS} invitations at a time. Revoke some that are no longer needed.`,
}

/** Why somebody may not make a change; null if they may. */
export function prohibitionOf(policy: Policy, grant: Grant, change: SubmittedChange): Prohibition | null {
  const role = roleOf(policy, grant)
  if (isFileChange(change)) return mayEdit(role) ? null : MAY_LOOK
  if (change.type === 'chat') {
    if (change.text.length > CHAT_UNITS) return CHAT_TOO_LONG
    return role === 'owner' || (role !== null && policy.chatting) ? null : CHAT_OFF
  }
  if (role !== 'owner') return OWNER_ONLY
  if (change.type === 'role') {
    if (change.user === policy.owner) return change.role === 'owner' ? null : OWNER_STAYS
    // The previous owner remains as one of the members.
    return isFull(policy.members, change.user) ? TOO_MANY : null
  }
  if (change.type === 'invite') {
    const others = current(policy.invitations, change.at)
    return Object.keys(others).length >= MOST_INVITATIONS ? TOO_MANY_INVITATIONS : null
  }
  if (change.type !== 'kick' && change.type !== 'ban') return null
  if (change.type === 'ban' && !change.on) return null
  if (change.user === policy.owner || change.user === grant.user) return OWNER_STAYS
  return isFull(change.type === 'kick' ? policy.kicked : policy.banned, change.user) ? TOO_MANY : null
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
        ...removed(policy, change.user),
        kicked: { ...policy.kicked, [change.user]: change.at ?? 0 },
      }
    case 'ban':
      return withBan(policy, change)
    case 'guests':
      return { ...policy, guests: change.on }
    case 'invite': {
      const { token, user, name, role, expires, at } = change
      const invitation: Invitation = { user, name, role, at, expires }
      return { ...policy, invitations: { ...current(policy.invitations, at), [token]: invitation } }
    }
    case 'revoke':
      return change.token === undefined
        ? { ...policy, invitations: {}, revokedAt: Math.max(policy.revokedAt, change.at ?? 0) }
        : { ...policy, invitations: without(policy.invitations, change.token) }
  }
}

/** Lifting a ban also forgets an earlier removal, so that the user can return with their old token. */
function withBan(policy: Policy, { user, on, at = 0, name = '' }: BanChange): Policy {
  if (on) return { ...removed(policy, user), banned: { ...policy.banned, [user]: { at, name } } }
  return { ...policy, banned: without(policy.banned, user), kicked: without(policy.kicked, user) }
}

/** The policy without the role and invitations of a user. */
function removed(policy: Policy, user: string): Policy {
  const others = Object.entries(policy.invitations).filter(([, invitation]) => invitation.user !== user)
  return {
    ...policy,
    members: without(policy.members, user),
    invitations: Object.fromEntries(others),
  }
}

/**
 * The invitations that have not expired.
 * @param now Unix ms from the commit, so that everybody computes the same list
 */
export function current(invitations: Policy['invitations'], now: number): Policy['invitations'] {
  return Object.fromEntries(Object.entries(invitations).filter(([, { expires }]) => expires > now))
}

/** The invitation with this id; undefined if it was revoked or never existed. */
export function invitationOf({ invitations }: Policy, token: string): Invitation | undefined {
  return Object.hasOwn(invitations, token) ? invitations[token] : undefined
}

/** The previous owner becomes an editor. */
function withRole(policy: Policy, user: string, role: Role, name: string): Policy {
  if (role !== 'owner') return { ...policy, members: { ...policy.members, [user]: { role, name } } }
  if (policy.owner === user) return policy
  const rest = without(policy.members, user)
  const members: Policy['members'] =
    policy.owner === null ? rest : { ...rest, [policy.owner]: { role: 'editor', name: '' } }
  return { ...policy, owner: user, members, banned: without(policy.banned, user) }
}

/** The role given to a user in the room. */
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
