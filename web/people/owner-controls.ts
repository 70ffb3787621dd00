/**
 * What the owner of a room decides about it: classroom, what the link lets do, chat, who is invited, closed or open. What is shown is
 * what the room says; a choice that it refuses goes back by itself.
 */
import type { Access, Room } from '../../client/types.ts'
import { h, ICONS, icon } from '../ui/dom.ts'
import { ask } from '../ui/menu.ts'
import { attempt } from './manage.ts'

const ACCESS_CHOICES: readonly (readonly [Access, string])[] = [
  ['edit', 'Can edit'],
  ['view', 'Can look'],
  ['private', 'Nobody: invitation only'],
]

/** @param invite asked for an invitation */
export function ownerControls(room: Room, invite: () => void): HTMLElement {
  const classroom = toggle('Classroom mode', 'Only you and those you make editors can type.', (on) =>
    room.setMode(on ? 'classroom' : 'open'),
  )
  const chatting = toggle('Chat', null, (on) => room.setChatting(on))
  const guests = toggle('Guests', 'Off: only people with an invitation or an account get in.', (on) =>
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
    h('div', { class: 'choice' }, h('label', { attrs: { for: 'access' } }, 'Who has the link'), access),
    guests.element,
    chatting.element,
    h('div', { class: 'owner-actions' }, inviting, close),
  )
  // Not more often: what was chosen here stays until the room has decided about it.
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
    close.textContent = policy.closed ? 'Open again' : 'Close room…'
  }

  async function closeOrOpen(): Promise<void> {
    const isClosed = room.policy?.closed === true
    const detail = 'Everybody but you is sent out, until you open it again. Nothing is lost.'
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
