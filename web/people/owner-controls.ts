/**
 * The owner's settings of a room: classroom mode, access by link, guests, chat, invitations, open or closed.
 * Shows the state of the room; a choice that the room refuses is reset.
 */
import type { Access, Room } from '../../client/types.ts'
import { h, ICONS, icon } from '../ui/dom.ts'
import { ask } from '../ui/menu.ts'
import { attempt } from './manage.ts'

const ACCESS_CHOICES: readonly (readonly [Access, string])[] = [
  ['edit', 'Can edit'],
  ['view', 'Can view'],
  ['private', 'No access (invitation only)'],
]

/** @param invite called to open the invitation dialog */
export function ownerControls(room: Room, invite: () => void): HTMLElement {
  const classroom = toggle('Classroom mode', 'Only you and the people you make editors can type.', (on) =>
    room.setMode(on ? 'classroom' : 'open'),
  )
  const chatting = toggle('Chat', null, (on) => room.setChatting(on))
  const guests = toggle('Guests', 'When off, only people with an invitation or an account can join.', (on) =>
    room.setGuests(on),
  )
  const access = h(
    'select',
    {
      attrs: { id: 'access' },
      on: { change: () => attempt(() => room.setAccess(access.value as Access)) },
    },
    ...ACCESS_CHOICES.map(([value, label]) => h('option', { attrs: { value } }, label)),
  )
  const close = h('button', { attrs: { type: 'button' }, on: { click: () => void closeOrOpen() } })
  const inviting = h(
    'button',
    { attrs: { type: 'button' }, on: { click: invite } },
    icon(ICONS.invite),
    'Invite…',
  )
  const element = h(
    'fieldset',
    { class: 'owner-controls' },
    h('legend', {}, 'This room'),
    classroom.element,
    h('div', { class: 'choice' }, h('label', { attrs: { for: 'access' } }, 'Anyone with the link'), access),
    guests.element,
    chatting.element,
    h('div', { class: 'owner-actions' }, inviting, close),
  )
  // On these events only: a choice made here stays on screen until the room has decided about it.
  room.on('policy', draw)
  room.on('rejected', draw)
  draw()
  return element

  function draw(): void {
    const { policy } = room
    if (policy === null) return
    classroom.box.checked = policy.mode === 'classroom'
    chatting.box.checked = policy.chatting
    guests.box.checked = policy.guests
    access.value = policy.access
    close.textContent = policy.closed ? 'Reopen room' : 'Close room…'
  }

  async function closeOrOpen(): Promise<void> {
    const isClosed = room.policy?.closed === true
    const detail = 'Everyone except you is disconnected until you reopen it. Nothing is lost.'
    if (!isClosed && !(await ask('Close this room?', detail, 'Close room'))) return
    attempt(() => room.setClosed(!isClosed))
  }
}

function toggle(label: string, hint: string | null, set: (on: boolean) => void) {
  const box = h('input', {
    attrs: { type: 'checkbox', role: 'switch' },
    on: { change: () => attempt(() => set(box.checked)) },
  })
  const words = h('span', {}, label, hint === null ? null : h('small', {}, hint))
  return { element: h('label', { class: 'switch' }, words, box), box }
}
