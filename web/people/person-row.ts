/**
 * One person in the list of people: who they are, what they may do, where they are, and for the owner what can be done with them. The
 * row is made once and changed in place, so that whoever is on it with the keyboard stays there.
 */
import type { PersonInfo } from '../../client/types.ts'
import { h, ICONS, icon } from '../ui/dom.ts'
import { initials } from './badges.ts'
import { ROLE_WORDS } from './role-words.ts'

export interface PersonView extends Omit<PersonInfo, 'sessions'> {
  readonly windows: number
  /** Path of the file they look at; null for none. */
  readonly path: string | null
  readonly isFollowed: boolean
  readonly followsMe: boolean
  /** Whether this user can do something with them. */
  readonly isManaged: boolean
}

export interface PersonEvents {
  follow(user: string): void
  /** What can be done with them is asked for. @param button under which to show it */
  manage(user: string, button: HTMLElement): void
}

export class PersonRow {
  readonly element: HTMLElement
  readonly #badge = h('span', { class: 'badge', attrs: { 'aria-hidden': 'true' } })
  /** What a press does, for whom no hint can show it. */
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
