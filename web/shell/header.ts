/** The bar at the top: the product, the room, how the connection is, who is here, and what opens beside the text. */
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
  /** Opens and closes the file list where it is a drawer. */
  readonly drawer: HTMLButtonElement
  /** Where the badges of the people go. */
  readonly people: HTMLElement
  /** Open and close what stands beside the text. */
  readonly peopleButton: HTMLButtonElement
  readonly chatButton: HTMLButtonElement
  /** What is in the menu beside making a room. */
  menu: () => readonly MenuItem[]
  /** Shows what holds in the room. */
  follow(room: Room): void
  /** There is no room to do something in. */
  leave(): void
}

/** @param name of the room; null where the address names none */
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
      tag.title = closed ? 'Nobody but you is let in.' : 'Only the owner and those they made editors type.'
    }
    room.on('policy', draw)
    draw()
  }
}

/** Makes a room, with the starter project or under a given name, and goes there. The button waits meanwhile. */
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
    errorToast(error instanceof ApiError ? error : new Error('The room could not be made.', { cause: error }))
  }
}

async function shareLink(words: string): Promise<void> {
  const copied = await copyText(location.href)
  toast(copied ? words : `Copy this link by hand: ${location.href}`)
}

function brand(): HTMLElement {
  return h(
    'a',
    { class: 'brand', attrs: { href: '/', 'aria-label': 'Edgeroom, to the demo' } },
    h('img', { attrs: { src: '/favicon.svg', alt: '', width: 28, height: 28 } }),
    h('span', {}, 'Edgeroom'),
  )
}

/** Waits hidden until there is something to open. */
function sideButton(className: string, path: string, name: string): HTMLButtonElement {
  const attrs = { type: 'button', 'aria-label': name, title: name, hidden: true }
  return h('button', { class: `${className} quiet`, attrs }, icon(path), h('span', { class: 'count' }))
}

/** Writes a number into a button of the side, and says it. @param words for what is counted; null for none */
export function setCount(button: HTMLButtonElement, name: string, count: number, words: string): void {
  const place = button.querySelector('.count')
  if (place) place.textContent = count === 0 ? '' : count > 99 ? '99+' : String(count)
  const said = count === 0 ? name : `${name}, ${count} ${words}`
  button.setAttribute('aria-label', said)
  button.title = said
}

/** Words that give way to their icon where there is no room. */
function label(text: string): HTMLElement {
  return h('span', { class: 'label' }, text)
}
