/** The bar at the top: brand, room, connection status, people, and the buttons for the side panels. */
import type { Room } from '../../client/types.ts'
import { ApiError, createRoom } from '../api.ts'
import type { Connection } from '../connection/connection.ts'
import { guestToken } from '../people/identity.ts'
import { sharedWords } from '../people/role-words.ts'
import { copyText } from '../ui/clipboard.ts'
import { h, ICONS, icon } from '../ui/dom.ts'
import { type MenuItem, openMenuUnder } from '../ui/menu.ts'
import { errorToast, toast } from '../ui/toasts.ts'
import { roomAddress } from './routes.ts'

export interface Header {
  readonly element: HTMLElement
  /** Opens and closes the file list on narrow screens. */
  readonly drawer: HTMLButtonElement
  /** Holds the badges of the people here. */
  readonly people: HTMLElement
  /** Open and close the side panels. */
  readonly peopleButton: HTMLButtonElement
  readonly chatButton: HTMLButtonElement
  /** Further items of the menu, after “New room”. */
  menu: () => readonly MenuItem[]
  /** Shows the mode of the room, and keeps it up to date. */
  follow(room: Room): void
  /** Hides everything that needs a room. */
  leave(): void
}

/** @param name of the room; null if the address names none */
export function header(name: string | null, connection: Connection): Header {
  const drawer = h(
    'button',
    {
      class: 'drawer-button quiet',
      attrs: { type: 'button', 'aria-label': 'Files', 'aria-expanded': 'false', 'aria-controls': 'files' },
    },
    icon(ICONS.files),
  )
  const people = h('div', { class: 'people-place' })
  const peopleButton = sideButton('people-button', ICONS.people, 'People')
  const chatButton = sideButton('chat-button', ICONS.chat, 'Chat')
  const tag = h('span', { class: 'tag', attrs: { hidden: true } })
  const menu = h(
    'button',
    {
      class: 'menu-button quiet',
      attrs: { type: 'button', 'aria-label': 'More', 'aria-haspopup': 'menu' },
      on: { click: () => openMenuUnder(menu, 'More', items()) },
    },
    icon(ICONS.more),
  )
  let policy = () => null as Room['policy']
  const share = h(
    'button',
    {
      class: 'share primary',
      attrs: { type: 'button', 'aria-label': 'Share' },
      on: { click: () => shareLink(sharedWords(policy()?.access)) },
    },
    icon(ICONS.share),
    label('Share'),
  )
  const element = h(
    'header',
    { class: 'bar' },
    drawer,
    brand(),
    name === null ? null : h('h1', { class: 'room', attrs: { title: `Room ${name}` } }, name),
    tag,
    connection.element,
    people,
    h('div', { class: 'actions' }, peopleButton, chatButton, menu, name === null ? null : share),
  )
  const head: Header = { element, drawer, people, peopleButton, chatButton, menu: () => [], follow, leave }
  return head

  function items(): MenuItem[] {
    return [{ label: 'New room', run: () => void goToNewRoom(menu) }, ...head.menu()]
  }

  function leave(): void {
    for (const part of [drawer, people, peopleButton, chatButton, tag, share]) part.hidden = true
    head.menu = () => []
  }

  function follow(room: Room): void {
    policy = () => room.policy
    const draw = () => {
      const { closed = false, mode } = room.policy ?? {}
      tag.hidden = !closed && mode !== 'classroom'
      tag.textContent = closed ? 'Closed' : 'Classroom'
      tag.title = closed ? 'Only you can join.' : 'Only the owner and editors can type.'
    }
    room.on('policy', draw)
    draw()
  }
}

/**
 * Creates a room with the starter project and goes there; the button is disabled meanwhile.
 * @param name random if missing
 */
export async function goToNewRoom(button: HTMLButtonElement, name?: string): Promise<void> {
  button.disabled = true
  try {
    location.assign(
      roomAddress(
        await createRoom(await guestToken(), {
          access: 'edit',
          ...(name === undefined ? {} : { room: name }),
        }),
      ),
    )
  } catch (error) {
    button.disabled = false
    errorToast(error instanceof ApiError ? error : new Error('Could not create the room.', { cause: error }))
  }
}

async function shareLink(words: string): Promise<void> {
  const copied = await copyText(location.href)
  toast(copied ? words : `Could not copy. The link is: ${location.href}`)
}

function brand(): HTMLElement {
  return h(
    'a',
    { class: 'brand', attrs: { href: '/', 'aria-label': 'Edgeroom: go to the demo' } },
    h('img', { attrs: { src: '/favicon.svg', alt: '', width: 28, height: 28 } }),
    h('span', {}, 'Edgeroom'),
  )
}

/** Hidden until there is something to open. */
function sideButton(className: string, path: string, name: string): HTMLButtonElement {
  const attrs = { type: 'button', 'aria-label': name, title: name, hidden: true }
  return h('button', { class: `${className} quiet`, attrs }, icon(path), h('span', { class: 'count' }))
}

/** Shows a number in a side button, and puts it into the label. @param words the unit, such as `unread` */
export function setCount(button: HTMLButtonElement, name: string, count: number, words: string): void {
  const place = button.querySelector('.count')
  if (place) place.textContent = count === 0 ? '' : count > 99 ? '99+' : String(count)
  const said = count === 0 ? name : `${name}, ${count} ${words}`
  button.setAttribute('aria-label', said)
  button.title = said
}

/** A label that is replaced by its icon on narrow screens. */
function label(text: string): HTMLElement {
  return h('span', { class: 'label' }, text)
}
