/** What a keeper sees of the room whose work it keeps: whether anything has to be kept, and what. */
import type { Replica } from '../../core/replica/replica.ts'
import type { Emitter } from '../emitter.ts'
import type { Standing } from '../transport/connection-status.ts'
import type { RoomEvents } from '../types.ts'
import type { KeeperHost } from './persister.ts'

interface Parts {
  readonly replica: Replica
  readonly standing: Standing
  readonly emitter: Emitter<RoomEvents>
  /** What the room was shown when it last said who this is. */
  readonly shown: string | null
}

export function keeperHost(parts: Parts): KeeperHost {
  const { replica, standing, emitter } = parts
  return {
    state: () => {
      const unsynced = emitter.waiting('unsynced').map(([event]) => event)
      const rejected = emitter.waiting('rejected').map(([event]) => event)
      const isAway = !standing.isConnected && !standing.isOver && replica.epoch !== null
      const isUnheard = unsynced.length > 0 || rejected.length > 0
      return replica.pending > 0 || isUnheard || isAway
        ? { replica: replica.saved(), unsynced, rejected }
        : null
    },
    token: () => parts.shown,
    isConnected: () => standing.isConnected,
    oldest: () => replica.oldest,
    failed: (error) => emitter.emit('error', error),
  }
}
