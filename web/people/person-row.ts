/**
 * One person in the list: name, role, current file, and for the owner a menu of actions. The row is created
 * once and updated in place, so it keeps the keyboard focus.
 */
import type { PersonInfo } from '../../client/types.ts'
import { h, ICONS, icon } from '../ui/dom.ts'
import { initials } from './badges.ts'
import { ROLE_WORDS } from './role-words.ts'

export interface PersonView extends Omit<PersonInfo, 'sessions'> {
  readonly windows: number
  /** Path of the file they look at; null if none. */
  readonly path: string | null
  readonly isFollowed: boolean
  readonly followsMe: boolean
  /** Whether this user may manage them. */
  readonly isManaged: boolean
}

export interface PersonEvents {
  follow(user: string): void
  /** Opens the menu of actions. @param button to open it under */
  manage(user: string, button: HTMLElement): void
}

export class PersonRow {
  readonly element: HTMLElement
  readonly #badge = h('span', { class: 'badge', attrs: { 'aria-hidden': 'true' } })
  /** What a click does; visually, the hint shows it. */
  readonly #verb = h('span', { class: 'visually-hidden' })
  readonly #name = h('span', { class: 'person-name' })
  readonly #more = h('small', {})
  readonly #hint = h('span', { class: 'follow-hint', attrs: { 'aria-hidden': 'true' } })
  readonly #who: HTMLElement
  readonly #role = h('span', { class: 'role' })
  readonly #manage: HTMLButtonElement
  #drawn = ''

  constructor({ user, isMe }: Pick<PersonInfo, 'user' | 'isMe'>, events: PersonEvents) {
    const words = h('span', { class: 'person-words' }, this.#name, this.#more)
    this.#who = isMe
      ? h('div', { class: 'who' }, this.#badge, words)
      : h(
          'button',
          { class: 'who', attrs: { type: 'button' }, on: { click: () => events.follow(user) } },
          this.#badge,
          this.#verb,
          words,
          this.#hint,
        )
    this.#manage = h(
      'button',
      {
        class: 'more',
        attrs: { type: 'button', 'aria-haspopup': 'menu' },
        on: { click: () => events.manage(user, this.#manage) },
      },
      icon(ICONS.more),
    )
    this.element = h(
      'li',
      { class: 'person', attrs: { 'data-user': user } },
      this.#who,
      this.#role,
      this.#manage,
    )
  }

  update(person: PersonView): void {
    const drawn = JSON.stringify(person)
    if (drawn === this.#drawn) return
    this.#drawn = drawn
    const { name, color, role, isMe, isFollowed, isManaged } = person
    const more = moreOf(person)
    this.element.style.setProperty('--peer', color)
    this.#badge.textContent = initials(name)
    this.#name.replaceChildren(name, isMe ? h('span', { class: 'muted' }, ' (you)') : '')
    this.#more.textContent = more
    this.#more.hidden = more === ''
    this.#role.textContent = ROLE_WORDS[role]
    this.#role.dataset.role = role
    this.#manage.hidden = !isManaged
    this.#manage.setAttribute('aria-label', `Actions for ${name}`)
    if (isMe) return
    const verb = isFollowed ? 'Stop following ' : 'Follow '
    this.#verb.textContent = verb
    this.#who.setAttribute('aria-pressed', String(isFollowed))
    this.#who.title = verb + name
    this.#hint.replaceChildren(icon(ICONS.eye), isFollowed ? 'Stop' : 'Follow')
  }
}

function moreOf({ path, windows, followsMe }: PersonView): string {
  const name = path?.split('/').pop()
  const parts = [
    name === undefined ? null : `in ${name}`,
    windows > 1 ? `${windows} windows` : null,
    followsMe ? 'follows you' : null,
  ]
  return parts.filter((part) => part !== null).join(' · ')
}
