/**
 * The chat: messages, arrivals and the message field. Earlier messages are loaded as the user scrolls up.
 */
import type { Room } from '../../client/types.ts'
import { announce } from '../ui/announce.ts'
import { h } from '../ui/dom.ts'
import { Arrivals } from './arrivals.ts'
import { Composer } from './composer.ts'
import { Conversation } from './conversation.ts'
import { ChatLog } from './log.ts'

export interface ChatPanel {
  readonly element: HTMLElement
  /** Tells the panel whether it is shown. */
  setOpen(isOpen: boolean): void
  focus(): void
}

const CHAT_OFF = 'The owner has turned chat off.'

/** @param unread called with the number of messages not seen here */
export function chatPanel(room: Room, unread: (count: number) => void): ChatPanel {
  const conversation = new Conversation(room, () => draw())
  const composer = new Composer((text) => conversation.say(text))
  const log = new ChatLog(() => void (conversation.isComplete ? undefined : conversation.loadEarlier()))
  const retry = h(
    'button',
    { attrs: { type: 'button' }, on: { click: () => void again() } },
    'Earlier messages could not be loaded. Try again',
  )
  const start = h('p', { class: 'chat-start muted' })
  log.top.append(start, retry)
  const element = h('div', { class: 'chat-panel' }, log.element, composer.element)
  let isOpen = false
  let count = 0
  let wasConnected = true

  const arrivals = new Arrivals((arrival) => conversation.seen(arrival))
  const look = () => {
    const isConnected = room.status.status === 'connected'
    arrivals.see(isConnected ? room.people.filter(({ isMe }) => !isMe) : null)
  }
  room.on('peers', look)
  room.on('status', ({ status }) => {
    // Messages sent meanwhile arrive with the reconnect, unless the gap was too long.
    if (status === 'connected' && !wasConnected && conversation.loading === 'ready')
      void conversation.load(true)
    wasConnected = status === 'connected'
  })
  room.on('chat', (message) => {
    conversation.heard(message)
    if (message.user === room.me.user) return
    announce(`${message.name} says: ${message.text}`)
    if (!isOpen) unread(++count)
  })
  room.on('rejected', (rejection) => conversation.refused(rejection))
  room.on('policy', allow)
  look()
  allow()
  draw()

  return {
    element,
    setOpen(open) {
      isOpen = open
      if (!open) return
      count = 0
      unread(0)
      log.toEnd()
      void conversation.load()
    },
    focus: () => composer.focus(),
  }

  function allow(): void {
    const { policy, me } = room
    composer.disable(policy === null || policy.chatting || me.role === 'owner' ? null : CHAT_OFF)
  }

  function draw(): void {
    const { loading, isComplete, items } = conversation
    log.draw(items, conversation.sending, room.me)
    retry.hidden = loading !== 'failed'
    const empty = loading === 'ready' && isComplete && !items.some(({ type }) => type === 'saying')
    if (loading === 'loading') start.textContent = 'Loading…'
    else if (empty) start.textContent = 'No messages yet. Everyone in the room sees what you write here.'
    else start.textContent = isComplete ? 'This is where the chat begins.' : ''
  }

  async function again(): Promise<void> {
    await conversation.load()
    await conversation.loadEarlier()
  }
}
