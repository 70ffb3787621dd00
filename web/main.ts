/**
 * The demo editor: reads which room the address names, enters it and shows it, or shows what is in the way.
 */

import { connect } from '../client/index.ts'
import type { Room } from '../client/types.ts'
import { ApiError, createRoom } from './api.ts'
import { Connection } from './connection.ts'
import { h } from './dom.ts'
import { goToNewRoom, header } from './header.ts'
import { guestToken } from './identity.ts'
import { messagePage, type PageAction } from './message-page.ts'
import { Network } from './network.ts'
import { networkPanel } from './network-panel.ts'
import { DEMO, roomOf } from './routes.ts'
import { showWorkspace } from './workspace.ts'

const name = roomOf(location.pathname)
const network = new Network()
const connection = new Connection()
const head = header(name, connection)
const place = h('div', { class: 'workspace' }, h('p', { class: 'waiting' }, 'Entering the room…'))
document.querySelector('#app')?.replaceWith(head.element, place)
void start()

const TO_DEMO: PageAction = { label: 'Go to the demo', run: () => location.assign('/') }

async function start(): Promise<void> {
  if (name === null) {
    return stop('There is nothing here', 'This address names no room.', [TO_DEMO])
  }
  document.title = `${name} – Edgeroom`
  document.body.append(networkPanel(network))
  try {
    const room = await enter(name)
    connection.follow(room)
    showWorkspace(room, head, place)
  } catch (error) {
    if (isNoSuchRoom(error)) {
      stop(`There is no room “${name}”`, 'It may have been mistyped, or nobody has made it yet.', [
        { label: 'Create it', run: (button) => void goToNewRoom(button, name) },
        TO_DEMO,
      ])
      return
    }
    console.error(error)
    stop('The room cannot be entered', error instanceof Error ? error.message : String(error), [
      { label: 'Try again', run: () => location.reload() },
      TO_DEMO,
    ])
  }
}

/** The demo is made by whoever comes first. */
async function enter(room: string): Promise<Room> {
  const token = await guestToken()
  const options = { url: location.origin, room, token, socket: network.socket }
  try {
    return await connect(options)
  } catch (error) {
    if (room !== DEMO || !isNoSuchRoom(error)) throw error
    await createRoom(DEMO)
    return connect(options)
  }
}

function isNoSuchRoom(error: unknown): boolean {
  return (
    !(error instanceof ApiError) && error instanceof Error && 'code' in error && error.code === 'no_such_room'
  )
}

function stop(title: string, text: string, actions: readonly PageAction[]): void {
  connection.hide()
  head.drawer.hidden = true
  document.querySelector('.network')?.remove()
  place.replaceChildren(messagePage(title, text, actions))
}
