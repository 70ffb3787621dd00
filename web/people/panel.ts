/**
 * The list of people: one row for everyone in the room; for its owner also the absent people who have a
 * role, and the settings. Shows the state of the room only.
 */
import type { PersonInfo, Room } from '../../client/types.ts'
import { followsOf } from '../follow/follows.ts'
import { arrange, h, ICONS, icon } from '../ui/dom.ts'
import { invitationLists } from './invitations.ts'
import { type Managed, openManageMenu } from './manage.ts'
import { ownerName } from './names.ts'
import { ownerControls } from './owner-controls.ts'
import { PersonRow } from './person-row.ts'
import { ROLE_WORDS, ruleWords } from './role-words.ts'

export interface PeoplePanel {
  readonly element: HTMLElement
  draw(): void
}

/**
 * @param follow called to follow a user or stop following them
 * @param invite called to open the invitation dialog
 * @param keep as in `invitationLists`
 */
export function peoplePanel(
  room: Room,
  follow: (user: string) => void,
  invite: () => void,
  keep: (token: string) => void,
): PeoplePanel {
  const rows = new Map<string, PersonRow>()
  const list = h('ul', { class: 'persons', attrs: { 'aria-label': 'People in this room' } })
  const absent = h('ul', { class: 'persons absent', attrs: { 'aria-label': 'Not here now' } })
  const away = h('div', {}, h('h3', {}, 'Not here now'), absent)
  const rule = h('p', { class: 'rule muted' })
  const controls = ownerControls(room, invite)
  const lists = invitationLists(room, keep)
  const element = h('div', { class: 'people-panel' }, list, away, lists.element, rule, controls)
  let drawnAbsent = ''
  return { element, draw }

  function draw(): void {
    const isOwner = room.me.role === 'owner'
    element.classList.toggle('is-managed', isOwner)
    drawPeople(isOwner)
    drawAbsent(isOwner)
    const { policy } = room
    rule.hidden = isOwner || policy === null
    if (policy !== null) rule.textContent = ruleWords(policy, ownerName(room))
    controls.hidden = !isOwner
    lists.draw(isOwner)
  }

  function drawPeople(isOwner: boolean): void {
    const paths = new Map(room.files.map(({ file, path }) => [file, path]))
    const elements = room.people.map((person) => {
      const { user, sessions, isMe } = person
      const row = rows.get(user) ?? new PersonRow(person, { follow, manage })
      rows.set(user, row)
      const file = sessions.find((session) => session.file !== null)?.file
      row.update({
        user,
        name: person.name,
        color: person.color,
        role: person.role,
        isMe,
        windows: sessions.length + (isMe ? 1 : 0),
        path: (!isMe && file != null && paths.get(file)) || null,
        isFollowed: room.following === user,
        followsMe: followsOf(person) === room.me.user,
        isManaged: isOwner && !isMe,
      })
      return row.element
    })
    for (const user of rows.keys()) if (!room.people.some((one) => one.user === user)) rows.delete(user)
    arrange(list, elements)
  }

  function manage(user: string, button: HTMLElement): void {
    const person = room.people.find((one) => one.user === user)
    if (person) openManageMenu(room, button, managedOf(person))
  }

  /** People who have a role in the room but are not here. */
  function drawAbsent(isOwner: boolean): void {
    const members = Object.entries(room.policy?.members ?? {})
    const others = members.filter(([user]) => !room.people.some((one) => one.user === user))
    away.hidden = !isOwner || others.length === 0
    const drawn = JSON.stringify(others)
    if (drawn === drawnAbsent) return
    drawnAbsent = drawn
    absent.replaceChildren(
      ...others.map(([user, { role, name }]) =>
        absentRow(room, { user, name: name || 'Somebody', role, isHere: false }),
      ),
    )
  }
}

function managedOf({ user, name, role }: PersonInfo): Managed {
  return { user, name, role, isHere: true }
}

function absentRow(room: Room, managed: Managed): HTMLElement {
  const manage = h(
    'button',
    {
      class: 'more',
      attrs: { type: 'button', 'aria-haspopup': 'menu', 'aria-label': `Actions for ${managed.name}` },
      on: { click: () => openManageMenu(room, manage, managed) },
    },
    icon(ICONS.more),
  )
  return h(
    'li',
    { class: 'person' },
    h('span', { class: 'who' }, h('span', { class: 'person-name' }, managed.name)),
    h('span', { class: 'role', attrs: { 'data-role': managed.role } }, ROLE_WORDS[managed.role]),
    manage,
  )
}
