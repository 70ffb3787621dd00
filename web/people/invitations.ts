/**
 * The owner's lists of valid invitations, each of which can be revoked, and of banned people, each of whom
 * can be unbanned. Shows the state of the room only; the room decides about every action.
 */
import type { InvitationInfo, Room } from '../../client/types.ts'
import { h } from '../ui/dom.ts'
import { ask } from '../ui/menu.ts'
import { errorToast, toast } from '../ui/toasts.ts'
import { attempt } from './manage.ts'
import { ROLE_WORDS } from './role-words.ts'

export interface InvitationLists {
  readonly element: HTMLElement
  draw(isOwner: boolean): void
}

/** @param keep receives the owner's new token after all others were revoked */
export function invitationLists(room: Room, keep: (token: string) => void): InvitationLists {
  const invited = h('ul', { class: 'persons', attrs: { 'aria-label': 'Invitations' } })
  const revokeAll = h(
    'button',
    { class: 'quiet danger', attrs: { type: 'button' }, on: { click: () => void all() } },
    'Revoke all…',
  )
  const invitations = h(
    'section',
    {},
    h('div', { class: 'list-head' }, h('h3', {}, 'Invitations'), revokeAll),
    invited,
  )
  const out = h('ul', { class: 'persons', attrs: { 'aria-label': 'Banned' } })
  const banned = h('section', {}, h('h3', {}, 'Banned'), out)
  const element = h('div', {}, invitations, banned)
  let drawn = ''
  return { element, draw }

  function draw(isOwner: boolean): void {
    element.hidden = !isOwner
    if (!isOwner) return
    const others = room.invitations.filter(
      ({ user, expires }) => user !== room.me.user && expires > Date.now(),
    )
    const bannedUsers = Object.entries(room.policy?.banned ?? {})
    const now = JSON.stringify([others, bannedUsers])
    if (now === drawn) return
    drawn = now
    invitations.hidden = others.length === 0
    banned.hidden = bannedUsers.length === 0
    invited.replaceChildren(...others.map(invitationRow))
    out.replaceChildren(...bannedUsers.map(([user, { name }]) => bannedRow(user, name || 'Somebody')))
  }

  function invitationRow({ id, name, role, expires }: InvitationInfo): HTMLElement {
    return row(
      name,
      `${ROLE_WORDS[role]} · until ${momentWords(expires)}`,
      'Revoke',
      `Revoke the invitation of ${name}`,
      () => void revoke(id, name),
    )
  }

  function bannedRow(user: string, name: string): HTMLElement {
    return row(name, 'cannot join', 'Unban', `Unban ${name}`, () => attempt(() => room.unban(user)))
  }

  async function revoke(id: string, name: string): Promise<void> {
    const detail = `Anyone who joined with it is disconnected at once, and the link stops working. What ${name} wrote stays.`
    if (await ask(`Revoke the invitation of ${name}?`, detail, 'Revoke'))
      attempt(() => room.revokeInvitation(id))
  }

  async function all(): Promise<void> {
    const detail =
      'Every link made for this room stops working, and everyone who joined with one is disconnected at once. Do this if a link got into the wrong hands.'
    if (!(await ask('Revoke all invitations?', detail, 'Revoke all'))) return
    revokeAll.disabled = true
    try {
      const { token } = await room.revokeAll()
      if (token !== null) keep(token)
      toast('All invitations are revoked.')
    } catch (error) {
      errorToast(error instanceof Error ? error : new Error(String(error)))
    } finally {
      revokeAll.disabled = false
    }
  }
}

function row(name: string, more: string, label: string, spoken: string, run: () => void): HTMLElement {
  return h(
    'li',
    { class: 'person' },
    h(
      'span',
      { class: 'who' },
      h('span', { class: 'person-words' }, h('span', { class: 'person-name' }, name), h('small', {}, more)),
    ),
    h(
      'button',
      { class: 'quiet', attrs: { type: 'button', 'aria-label': spoken }, on: { click: run } },
      label,
    ),
  )
}

function momentWords(at: number): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(at)
}
