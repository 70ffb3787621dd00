/**
 * Sends work that other tabs of the same user left unsent: each copy is resumed once, over its own
 * connection, until the room has all of it. Rejections and conflicts are emitted by the room of this page.
 */

import { LiveRoom } from '../room.ts'
import type { ConnectionTarget } from '../transport/connection.ts'
import type { CopyStore } from './store.ts'

/** Starts when the room has confirmed the user. */
export function sendOrphans(room: LiveRoom, copies: CopyStore, target: ConnectionTarget): void {
  const begin = () => {
    if (room.status.status !== 'connected') return
    stop()
    void deliver(room, copies, target)
  }
  const stop = room.on('status', begin)
  begin()
}

async function deliver(room: LiveRoom, copies: CopyStore, target: ConnectionTarget): Promise<void> {
  const over = new AbortController()
  const stop = room.on('status', ({ status }) => {
    if (status === 'closed' || status === 'refused') over.abort()
  })
  for await (const start of copies.orphans(room.me.user, over.signal)) {
    const sender = new LiveRoom(room.name, target, start)
    sender.forwardEventsTo(room)
    const leave = () => void sender.close()
    over.signal.addEventListener('abort', leave)
    if (over.signal.aborted) leave()
    try {
      await sender.settled()
    } catch (error) {
      // It stays stored for the next time.
      room.reportError(error)
    } finally {
      over.signal.removeEventListener('abort', leave)
      await sender.close()
    }
  }
  stop()
}
