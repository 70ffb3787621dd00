/** Roles and policy in words for people. Pure. */
import type { Access, Policy, Role } from '../../client/types.ts'

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  owner: 'Owner',
  editor: 'Editor',
  viewer: 'Viewer',
}

export const ACCESS_WORDS: Readonly<Record<Access, string>> = {
  edit: 'Anyone with the link can edit.',
  view: 'Anyone with the link can view.',
  private: 'Only invited people can join.',
}

/** Why a viewer cannot type, and what would change that. @param owner the owner's name; null if unknown */
export function lookingOnWords(policy: Policy, owner: string | null): string {
  const who = owner ?? 'its owner'
  if (policy.mode === 'classroom' && policy.owner !== null) {
    return `This is a classroom. You can only view until ${who} makes you an editor.`
  }
  if (policy.owner === null) return 'You can only view this room.'
  return `You can only view this room. ${owner ?? 'The owner'} can make you an editor.`
}

/** The room's policy for people who cannot change it. @param owner the owner's name; null if unknown */
export function ruleWords(policy: Policy, owner: string | null): string {
  const whose =
    policy.owner === null ? 'This room has no owner.' : `${owner ?? 'Somebody else'} owns this room.`
  const rule =
    policy.mode === 'classroom'
      ? 'It is a classroom: only editors can type, and the cursors of viewers are hidden.'
      : ACCESS_WORDS[policy.access]
  return `${whose} ${rule}`
}

/** The message after copying the room's address. */
export function sharedWords(access: Access | undefined): string {
  if (access === 'private') return 'Link copied. Only invited people can join with it.'
  if (access === 'view') return 'Link copied. Anyone who opens it can view.'
  return 'Link copied. Anyone who opens it joins this room.'
}
