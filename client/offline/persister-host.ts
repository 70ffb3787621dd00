/** The room as its persister sees it: whether anything has to be stored, and what. */
import type { Replica } from '../../core/replica/replica.ts'
import type { Emitter } from '../emitter.ts'
import type { ConnectionStatus } from '../transport/connection-status.ts'
import type { RoomEvents } from '../types.ts'
import type { PersisterHost } from './persister.ts'

interface Parts {
  readonly replica: Replica
  readonly status: ConnectionStatus
  readonly emitter: Emitter<RoomEvents>
  /** The token for which the room last confirmed the user. */
  readonly shown: string | null
}

export function persisterHost(parts: Parts): PersisterHost {
  const { replica, status, emitter } = parts
  return {
    state: () => {
      const unsynced = emitter.waiting('unsynced').map(([event]) => event)
      const rejected = emitter.waiting('rejected').map(([event]) => event)
      const isAway = !status.isConnected && !status.isOver && replica.epoch !== null
      const isUnheard = unsynced.length > 0 || rejected.length > 0
      return replica.pending > 0 || isUnheard || isAway
        ? { replica: replica.saved(), unsynced, rejected }
        : null
    },
    token: () => parts.shown,
    isConnected: () => status.isConnected,
    oldest: () => replica.oldest,
    failed: (error) => emitter.emit('error', error),
  }
}
