/**
 * The demo editor: reads which room the address names, enters it and shows it, or shows what is in the way.
 */

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
  isHereAsGuest,
  keepLink,
  takeOutOfAddress,
} from './people/invitation.ts'
import { codeOf, type End, endingPage } from './shell/ending.ts'
import { header } from './shell/header.ts'
import { isFrontPage, NEW_ROOM_PATH, roomAddress, roomOf } from './shell/routes.ts'
import { showWorkspace } from './shell/workspace.ts'
import { h } from './ui/dom.ts'
import { messagePage } from './ui/message-page.ts'
import { toast } from './ui/toasts.ts'

const NO_INVITATION = 'This link has no invitation that could be used. You are here as before.'

const name = roomOf(location.pathname)
const network = new Network()
const connection = new Connection()
const head = header(name, connection)
const place = h('div', { class: 'workspace' }, h('p', { class: 'waiting' }, 'Entering the room…'))
/** What this window comes in by; null for a guest. */
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
    const come = takeOutOfAddress(name)
    if (come === 'bad') toast(NO_INVITATION)
    if (come === 'link') location.reload()
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

/** A room that nobody else gets into unless its owner, who is this visitor, says so. */
async function makeOwnRoom(): Promise<void> {
  try {
    location.replace(roomAddress(await createRoom(await guestToken(), { access: 'private' })))
  } catch (error) {
    const again = { label: 'Try again', run: () => location.reload() }
    const reason = error instanceof Error ? error.message : String(error)
    show(messagePage('A room could not be made for you', reason, [again]))
  }
}

/** The invitation by which this window comes in. That of a link is chosen only where the room takes it, or nothing else is known. */
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
  toast(`The invitation of this link was not taken: ${refusal.reason} You are here as before.`)
  return stored
}

/** What this window shows to the room: its invitation, else the secret of its guest. */
function credentials(): Promise<string> {
  return invitation === null ? guestToken() : Promise.resolve(invitation)
}

/** The room gave another token in place of the one that this window came in by. A guest is known by the secret, and needs none. */
function keep(room: string, token: string): void {
  if (invitation === null) return
  invitation = token
  keepLink(room, token)
}

/** The demo is made by whoever comes first. It is open to everybody, so a deployment in production has none. */
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

/** Remembers how this window came in, and says so when it may not stay. */
function watch(room: Room): void {
  const remember = () => {
    if (invitation === null && room.me.role !== null) {
      isHereAsGuest(room.name, room.me.user, room.me.role === 'owner')
    }
  }
  remember()
  room.on('policy', remember)
  const look = ({ status, code, reason, pending } = room.status) => {
    if (status !== 'refused') return
    const end = endAt(room.name, { code: errorCodeOf(code ?? 0), reason: reason ?? '' })
    if (pending === 0) return show(endingPage(end))
    // What was not saved can still be read, and copied.
    const there = [...place.childNodes]
    const lost = `${pending} ${pending === 1 ? 'change' : 'changes'} of yours did not reach the room.`
    const back = { label: 'See the text as it stood here', run: () => place.replaceChildren(...there) }
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
