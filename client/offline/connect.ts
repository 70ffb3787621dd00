/**
 * Joins a room with its work stored: resumes what an earlier page left, stores this page's work, and sends
 * the unsent work of closed tabs. Loaded only when there is a storage. Invariant: a room never waits for the
 * storage here; one that answers late is caught up with later.
 */

import type { LiveRoom } from '../room.ts'
import type { SdkError } from '../sdk-error.ts'
import type { Start } from '../start.ts'
import type { ConnectionTarget } from '../transport/connection.ts'
import { indexedDbStorage } from './indexed-db.ts'
import { sendOrphans } from './orphans.ts'
import type { RoomStorage } from './storage.ts'
import { CopyStore } from './store.ts'

/** @param storage default: the browser's own @returns null when the browser can store nothing */
export function connectOffline(
  target: ConnectionTarget,
  storage: RoomStorage | null = indexedDbStorage(),
): OfflineStart | null {
  return storage === null ? null : new OfflineStart(target, storage)
}

export class OfflineStart {
  readonly #target: ConnectionTarget
  readonly #copies: CopyStore
  /** Errors from before there was a room to report them. */
  readonly #failures: SdkError[] = []
  #room: LiveRoom | null = null

  constructor(target: ConnectionTarget, storage: RoomStorage) {
    this.#target = target
    this.#copies = new CopyStore(storage, target.url, (error) => {
      if (this.#room === null) this.#failures.push(error)
      else this.#room.reportError(error)
    })
  }

  /**
   * The start of this page's client.
   * @param token the token shown to the room first; null when there is none
   * @param givenUp aborts when the caller stops waiting: no copy is held then
   */
  start(token: string | null, givenUp: AbortSignal): Promise<Start> {
    return this.#copies.lastOrNew(token, givenUp)
  }

  /** The room was joined with the result of `start`. */
  joined(room: LiveRoom): void {
    this.#room = room
    for (const failure of this.#failures.splice(0)) room.reportError(failure)
    sendOrphans(room, this.#copies, this.#target)
  }

  /** The room was joined by a client that is not stored yet: starts storing it. */
  async catchUp(room: LiveRoom): Promise<void> {
    this.#room = room
    const persist = await this.#copies.persisterFor(room.client)
    if (persist !== null) room.persist(persist)
    this.joined(room)
  }
}
