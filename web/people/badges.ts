/**
 * The people in the room as round badges, this user first, with initials in each
 * person's colour. A click follows them.
 */
import type { PersonInfo, Room } from '../../client/types.ts'
import { h } from '../ui/dom.ts'

/** Badges shown in a wide and in a narrow window; the rest become a count. */
const SHOWN = 6
const SHOWN_FEW = 3

/** @param follow called to follow a user or stop following them */
export function badges(
  room: Room,
  follow: (user: string) => void,
): { readonly element: HTMLElement; draw(): void } {
  const element = h('ul', { class: 'people', attrs: { 'aria-label': 'Who is here' } })
  const narrow = matchMedia('(max-width: 899px)')
  let drawn = ''
  const draw = () => {
    const paths = new Map(room.files.map(({ file, path }) => [file, path]))
    const people = room.people.map((person) => {
      const { user, name, color, isMe } = person
      const file = person.sessions.find((session) => session.file !== null)?.file
      const path = (!isMe && file != null && paths.get(file)) || null
      return { user, name, color, isMe, path, isFollowed: room.following === user }
    })
    const now = JSON.stringify([narrow.matches, people])
    if (now === drawn) return
    drawn = now
    const had = document.activeElement?.closest<HTMLElement>('.people [data-user]')?.dataset.user
    const fit = narrow.matches ? SHOWN_FEW : SHOWN
    // The count takes the place of one badge.
    const shown = people.length <= fit ? people : people.slice(0, fit - 1)
    const hidden = people.slice(shown.length)
    element.replaceChildren(...shown.map((person) => h('li', {}, badge(person, follow))))
    if (hidden.length > 0) {
      const names = hidden.map(({ name }) => name).join('\n')
      element.append(h('li', { class: 'rest', attrs: { title: names } }, `+${hidden.length}`))
    }
    if (had !== undefined) element.querySelector<HTMLElement>(`[data-user="${CSS.escape(had)}"]`)?.focus()
  }
  narrow.addEventListener('change', draw)
  return { element, draw }
}

interface Shown extends Pick<PersonInfo, 'user' | 'name' | 'color' | 'isMe'> {
  readonly path: string | null
  readonly isFollowed: boolean
}

function badge({ user, name, color, isMe, path, isFollowed }: Shown, follow: (user: string) => void) {
  const vars = { '--peer': color }
  if (isMe) {
    const label = `${name} (you)`
    return h(
      'span',
      { class: 'badge', attrs: { title: label, 'aria-label': label, role: 'img' }, vars },
      initials(name),
    )
  }
  const where = path === null ? name : `${name}, in ${path}`
  return h(
    'button',
    {
      class: 'badge',
      attrs: {
        type: 'button',
        title: `${where}: ${isFollowed ? 'stop following' : 'follow'}`,
        'aria-label': isFollowed ? `Stop following ${name}` : `Follow ${name}`,
        'aria-pressed': String(isFollowed),
        'data-user': user,
      },
      vars,
      on: { click: () => follow(user) },
    },
    h('span', { attrs: { 'aria-hidden': 'true' } }, initials(name)),
  )
}

/** The first letters of the first and last word of a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/)
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return letters.map((word) => [...(word ?? '')][0]?.toUpperCase() ?? '').join('') || '?'
}
