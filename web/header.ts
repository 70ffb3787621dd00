/** The bar at the top: the product, the room, how the connection is, who is here, and how to bring others in. */
import { ApiError, createRoom } from './api.ts'
import { copyText } from './clipboard.ts'
import type { Connection } from './connection.ts'
import { h, ICONS, icon } from './dom.ts'
import { roomAddress } from './routes.ts'
import { errorToast, toast } from './toasts.ts'

export interface Header {
  readonly element: HTMLElement
  /** Opens and closes the file list where it is a drawer. */
  readonly drawer: HTMLButtonElement
  /** Where the people of the room go. */
  readonly people: HTMLElement
}

/** @param room null where the address names none */
export function header(room: string | null, connection: Connection): Header {
  const drawer = h(
    'button',
    {
      class: 'drawer-button quiet',
      attrs: { type: 'button', 'aria-label': 'Files', 'aria-expanded': 'false', 'aria-controls': 'files' },
    },
    icon(ICONS.files),
  )
  const people = h('div', { class: 'people-place' })
  const fresh = h(
    'button',
    { class: 'quiet', attrs: { type: 'button', id: 'new-room' } },
    icon(ICONS.plus),
    label('New room'),
  )
  fresh.addEventListener('click', () => goToNewRoom(fresh))
  const share = h(
    'button',
    { class: 'primary', attrs: { type: 'button', id: 'share' }, on: { click: shareLink } },
    icon(ICONS.share),
    label('Share'),
  )
  const logo = h('img', { attrs: { src: '/favicon.svg', alt: '', width: 28, height: 28 } })
  const element = h(
    'header',
    { class: 'bar' },
    drawer,
    h(
      'a',
      { class: 'brand', attrs: { href: '/', 'aria-label': 'Edgeroom, to the demo' } },
      logo,
      h('span', {}, 'Edgeroom'),
    ),
    room === null ? null : h('h1', { class: 'room', attrs: { title: `Room ${room}` } }, room),
    connection.element,
    people,
    h('div', { class: 'actions' }, fresh, room === null ? null : share),
  )
  return { element, drawer, people }
}

/** Makes a room, with the starter project or under a given name, and goes there. The button waits meanwhile. */
export async function goToNewRoom(button: HTMLButtonElement, name?: string): Promise<void> {
  button.disabled = true
  try {
    location.assign(roomAddress(await createRoom(name)))
  } catch (error) {
    button.disabled = false
    errorToast(error instanceof ApiError ? error : new Error('The room could not be made.', { cause: error }))
  }
}

async function shareLink(): Promise<void> {
  const copied = await copyText(location.href)
  toast(
    copied ? 'Link copied. Whoever opens it is in this room.' : `Copy this link by hand: ${location.href}`,
  )
}

/** Words that give way to their icon where there is no room. */
function label(text: string): HTMLElement {
  return h('span', { class: 'label' }, text)
}
