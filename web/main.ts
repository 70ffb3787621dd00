/** Entry of the demo editor: joins the room named by the address and shows it, or shows why it cannot. */

import { connect, errorCodeOf } from '../client/index.ts'
import type { Room } from '../client/types.ts'
import { createRoom, refusalOf } from './api.ts'
import { Connection } from './connection/connection.ts'
import { Network } from './connection/network.ts'
import { networkPanel } from './connection/network-panel.ts'
import { guestToken } from './people/identity.ts'
import {
  dropLink,
  type Entrance,
  entranceTo,
  keepLink,
  rememberGuest,
  takeOutOfAddress,
} from './people/invitation.ts'
import { codeOf, type End, endingPage } from './shell/ending.ts'
import { header } from './shell/header.ts'
import { isFrontPage, NEW_ROOM_PATH, roomAddress, roomOf } from './shell/routes.ts'
import { showWorkspace } from './shell/workspace.ts'
import { h } from './ui/dom.ts'
import { messagePage } from './ui/message-page.ts'
import { toast } from './ui/toasts.ts'

const NO_INVITATION = 'The invitation in this link is not valid. You are here as before.'

const name = roomOf(location.pathname)
const network = new Network()
const connection = new Connection()
const head = header(name, connection)
const place = h('div', { class: 'workspace' }, h('p', { class: 'waiting' }, 'Joining the room…'))
/** The invitation this window joins with; null for a guest. */
let invitation: string | null = null
document.querySelector('#app')?.replaceWith(head.element, place)
void start()

async function start(): Promise<void> {
  if (location.pathname === NEW_ROOM_PATH) return makeOwnRoom()
  if (name === null) {
    const toDemo = { label: 'Go to the demo', run: () => location.assign('/') }
    return show(messagePage('There is nothing here', 'This address names no room.', [toDemo]))
  }
  document.title = `${name} – Edgeroom`
  document.body.append(networkPanel(network))
  window.addEventListener('hashchange', () => {
    const found = takeOutOfAddress(name)
    if (found === 'bad') toast(NO_INVITATION)
    if (found === 'link') location.reload()
  })
  try {
    invitation = await choose(name, entranceTo(name))
    const room = await enter(name)
    connection.follow(room)
    head.follow(room)
    showWorkspace(room, credentials, (token) => keep(name, token), head, place)
    watch(room)
  } catch (error) {
    const code = codeOf(error)
    if (code === null) console.error(error)
    const reason = error instanceof Error ? error.message : String(error)
    show(endingPage(endAt(name, { code, reason })))
  }
}

/** Creates a private room for this visitor, who becomes its owner, and goes there. */
async function makeOwnRoom(): Promise<void> {
  try {
    location.replace(roomAddress(await createRoom(await guestToken(), { access: 'private' })))
  } catch (error) {
    const again = { label: 'Try again', run: () => location.reload() }
    const reason = error instanceof Error ? error.message : String(error)
    show(messagePage('Could not create a room', reason, [again]))
  }
}

/**
 * Chooses the invitation to join with. A link's is used only if the room accepts it,
 * or if there is no alternative.
 */
async function choose(
  room: string,
  { linked, stored, isKnown, isBadLink }: Entrance,
): Promise<string | null> {
  if (isBadLink) toast(NO_INVITATION)
  if (linked === null) return stored
  const refusal = await refusalOf(room, linked)
  if (refusal === null) {
    keepLink(room, linked)
    return linked
  }
  if (!isKnown) return linked
  if (refusal.isFinal) dropLink(room)
  toast(`The invitation in this link was not accepted: ${refusal.reason} You are here as before.`)
  return stored
}

/** The token for the room: the invitation, or else the guest secret. */
function credentials(): Promise<string> {
  return invitation === null ? guestToken() : Promise.resolve(invitation)
}

/**
 * The room replaced the token this window joined with. A guest is identified by
 * the secret and needs no token.
 */
function keep(room: string, token: string): void {
  if (invitation === null) return
  invitation = token
  keepLink(room, token)
}

/** The first visitor creates the demo room. It is open to everyone, so a production deployment has none. */
async function enter(room: string): Promise<Room> {
  const options = { url: location.origin, room, token: credentials, socket: network.socket }
  try {
    return await connect(options)
  } catch (error) {
    if (!isFrontPage(location.pathname) || codeOf(error) !== 'no_such_room') throw error
    await createRoom(await guestToken(), { room, access: 'edit' })
    return connect(options)
  }
}

/** Remembers how this window joined, and shows the closing page once it may not stay. */
function watch(room: Room): void {
  const remember = () => {
    if (invitation === null && room.me.role !== null) {
      rememberGuest(room.name, room.me.user, room.me.role === 'owner')
    }
  }
  remember()
  room.on('policy', remember)
  const look = ({ status, code, reason, pending } = room.status) => {
    if (status !== 'refused') return
    const end = endAt(room.name, { code: errorCodeOf(code ?? 0), reason: reason ?? '' })
    if (pending === 0) return show(endingPage(end))
    // Text that was not saved can still be read and copied.
    const there = [...place.childNodes]
    const lost = `${pending} of your changes did not reach the room.`
    const back = { label: 'Show my last text', run: () => place.replaceChildren(...there) }
    show(endingPage(end, lost, [back]))
  }
  room.on('status', look)
  look()
}

function endAt(room: string, { code, reason }: Pick<End, 'code' | 'reason'>): End {
  return { room, code, reason, isInvited: invitation !== null }
}

function show(page: HTMLElement): void {
  connection.hide()
  head.leave()
  document.querySelector('.network-place')?.remove()
  place.replaceChildren(page)
}
