/**
 * Joining a room with the work kept: goes on with what an earlier page left, keeps what this one does, and sends what other tabs
 * left behind. A page loads this, with all that it needs, only when it joins with a storage. A storage that does not answer in time is
 * caught up with when it does; nothing here keeps a room waiting.
 */

import type { LiveRoom } from '../room.ts'
import type { SdkError } from '../sdk-error.ts'
import type { Start } from '../start.ts'
import type { ConnectionTarget } from '../transport/connection.ts'
import { indexedDbStorage } from './indexed-db.ts'
import { sendOrphans } from './orphans.ts'
import type { RoomStorage } from './storage.ts'
import { CopyStore } from './store.ts'

/** @param storage the browser's own where none is given @returns null where the browser can keep nothing */
export function connectOffline(
  target: ConnectionTarget,
  storage: RoomStorage | null = indexedDbStorage(),
): OfflineStart | null {
  return storage === null ? null : new OfflineStart(target, storage)
}

export class OfflineStart {
  readonly #target: ConnectionTarget
  readonly #copies: CopyStore
  /** What failed before there was a room to tell it. */
  readonly #failures: SdkError[] = []
  #room: LiveRoom | null = null

  constructor(target: ConnectionTarget, storage: RoomStorage) {
    this.#target = target
    this.#copies = new CopyStore(storage, target.url, (error) => {
      if (this.#room === null) this.#failures.push(error)
      else this.#room.tellError(error)
    })
  }

  /**
   * How this page begins.
   * @param token what it shows to the room first; null while there is none
   * @param givenUp aborts when nobody waits for the answer any more: nothing is held then
   */
  start(token: string | null, givenUp: AbortSignal): Promise<Start> {
    return this.#copies.lastOrNew(token, givenUp)
  }

  /** The room has been joined by what `start` answered. */
  joined(room: LiveRoom): void {
    this.#room = room
    for (const failure of this.#failures.splice(0)) room.tellError(failure)
    sendOrphans(room, this.#copies, this.#target)
  }

  /** The room has been joined by a client of which nothing is kept yet: from now on it is. */
  async catchUp(room: LiveRoom): Promise<void> {
    this.#room = room
    const keep = await this.#copies.keep(room.client)
    if (keep !== null) room.keep(keep)
    this.joined(room)
  }
}
