/** Roles and rules in words of a person. Pure. */
import type { Access, Policy, Role } from '../../client/types.ts'

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  owner: 'Owner',
  editor: 'Editor',
  viewer: 'Viewer',
}

export const ACCESS_WORDS: Readonly<Record<Access, string>> = {
  edit: 'can edit',
  view: 'can look',
  private: 'cannot come in',
}

/** Why somebody who looks on cannot type, and what would have to happen. @param owner what they are called; null where they are not known */
export function lookingOnWords(policy: Policy, owner: string | null): string {
  const who = owner ?? 'its owner'
  if (policy.mode === 'classroom' && policy.owner !== null) {
    return `This is a classroom. You are looking on until ${who} makes you an editor.`
  }
  if (policy.owner === null) return 'You are looking on.'
  return `You are looking on. ${owner ?? 'The owner'} can make you an editor.`
}

/** What holds in the room, for those who cannot change it. @param owner what they are called; null where nobody here knows */
export function ruleWords(policy: Policy, owner: string | null): string {
  const whose =
    policy.owner === null ? 'This room belongs to nobody.' : `${owner ?? 'Somebody else'} owns this room.`
  const rule =
    policy.mode === 'classroom'
      ? 'It is a classroom: only editors type, and those who look on are not seen looking.'
      : `Who has the link ${ACCESS_WORDS[policy.access]}.`
  return `${whose} ${rule}`
}

/** What is said to somebody who copies the room's address. */
export function sharedWords(access: Access | undefined): string {
  if (access === 'private') return 'Link copied. Only who was invited gets in with it.'
  if (access === 'view') return 'Link copied. Whoever opens it can look on.'
  return 'Link copied. Whoever opens it is in this room.'
}
