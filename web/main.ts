/**
 * The demo editor: reads which room the address names, enters it and shows it, or shows what is in the way.
 */

import { connect, errorCodeOf } from '../client/index.ts'
import type { Room } from '../client/types.ts'
import { createRoom } from './api.ts'
import { Connection } from './connection.ts'
import { h } from './dom.ts'
import { codeOf, type End, endingPage } from './ending.ts'
import { header } from './header.ts'
import { guestToken } from './identity.ts'
import { invitationTo, isHereAsGuest, isInvitedAnew } from './invitation.ts'
import { messagePage } from './message-page.ts'
import { Network } from './network.ts'
import { networkPanel } from './network-panel.ts'
import { DEMO, roomOf } from './routes.ts'
import { showWorkspace } from './workspace.ts'

const name = roomOf(location.pathname)
const invitation = name === null ? null : invitationTo(name)
const network = new Network()
const connection = new Connection()
const head = header(name, connection)
const place = h('div', { class: 'workspace' }, h('p', { class: 'waiting' }, 'Entering the room…'))
document.querySelector('#app')?.replaceWith(head.element, place)
void start()

async function start(): Promise<void> {
  if (name === null) {
    const toDemo = { label: 'Go to the demo', run: () => location.assign('/') }
    return show(messagePage('There is nothing here', 'This address names no room.', [toDemo]))
  }
  document.title = `${name} – Edgeroom`
  document.body.append(networkPanel(network))
  window.addEventListener('hashchange', () => {
    if (isInvitedAnew(name)) location.replace(location.pathname + location.search)
  })
  try {
    const room = await enter(name)
    connection.follow(room)
    head.follow(room)
    showWorkspace(room, credentials, head, place)
    watch(room)
  } catch (error) {
    const code = codeOf(error)
    if (code === null) console.error(error)
    const reason = error instanceof Error ? error.message : String(error)
    show(endingPage(endAt(name, { code, reason })))
  }
}

/** What this window shows to the room: its invitation, else the secret of its guest. */
function credentials(): Promise<string> {
  return invitation === null ? guestToken() : Promise.resolve(invitation)
}

/** The demo is made by whoever comes first. */
async function enter(room: string): Promise<Room> {
  const options = { url: location.origin, room, token: credentials, socket: network.socket }
  try {
    return await connect(options)
  } catch (error) {
    if (room !== DEMO || codeOf(error) !== 'no_such_room') throw error
    await createRoom(await guestToken(), DEMO)
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
