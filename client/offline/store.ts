/**
 * The stored copies of one room, as starts of clients. Invariant: a copy that cannot be read or written is
 * left alone and reported; the page goes on without it.
 */
import { restored } from '../../core/replica/restore.ts'
import { SdkError } from '../sdk-error.ts'
import { freshStart, type Start } from '../start.ts'
import { whoseOf } from './owner.ts'
import { Persister, type StoredState } from './persister.ts'
import { CopyWriter, readCopy, type SavedCopy } from './saved-copy.ts'
import type { HeldCopy, RoomStorage } from './storage.ts'

/** The storage of one room; its errors are reported, not thrown. */
export class CopyStore {
  readonly #storage: RoomStorage
  readonly #room: string
  readonly #failed: (error: SdkError) => void

  /** @param room key of the room in the storage, globally unique */
  constructor(storage: RoomStorage, room: string, failed: (error: SdkError) => void) {
    this.#storage = storage
    this.#room = room
    this.#failed = failed
  }

  /**
   * Resumes a copy of the user of `token` that no other tab holds; starts fresh when there is none. A copy
   * without an owner (written by an older version, for instance) is left to `orphans`.
   * @param token the token shown to the room first; null when there is none, so the user is unknown
   * @param givenUp aborts when the caller stops waiting: a held copy is released then
   */
  async lastOrNew(token: string | null, givenUp?: AbortSignal): Promise<Start> {
    const whose = token === null ? null : whoseOf(token)
    for (const client of whose === null ? [] : await this.#clients()) {
      const start = await this.#resume(client, (copy) => copy.whose === whose, givenUp)
      if (start !== null) return start
      if (givenUp?.aborted) return freshStart()
    }
    return this.new(givenUp)
  }

  /** A new client. */
  async new(givenUp?: AbortSignal): Promise<Start> {
    const start = freshStart()
    return { ...start, persist: await this.persisterFor(start.replica.client, givenUp) }
  }

  /** Makes the persister of a client that has no copy yet; null when it cannot be stored. */
  async persisterFor(client: string, givenUp?: AbortSignal): Promise<Start['persist']> {
    try {
      const copy = await this.#storage.hold(this.#room, client)
      if (copy === null) return null
      if (!givenUp?.aborted) return persisting(copy, { isStored: false, whose: null })
      copy.release()
    } catch (error) {
      this.#report('Work cannot be stored in this browser', error)
    }
    return null
  }

  /**
   * Resumes every copy with pending work of this user that no tab holds any more. Copies without pending
   * work are deleted.
   * @param user as in the room's welcome to this page
   */
  async *orphans(user: string, givenUp?: AbortSignal): AsyncGenerator<Start> {
    for (const client of await this.#clients()) {
      if (givenUp?.aborted) return
      const start = await this.#resume(client, ({ replica }) => replica.user === user, givenUp)
      if (start !== null) yield start
    }
  }

  /**
   * Resumes a client. Null when another tab holds its copy, the copy cannot be read, or it is not this
   * user's: then it stays. The submission numbers that this page will use are stored before any is sent, so
   * that no later page reuses them.
   */
  async #resume(
    client: string,
    isOurs: (copy: SavedCopy) => boolean,
    givenUp?: AbortSignal,
  ): Promise<Start | null> {
    let letGo = () => {}
    try {
      const copy = await this.#storage.hold(this.#room, client)
      if (copy === null) return null
      letGo = once(() => copy.release())
      const saved = await this.#read(copy, letGo, givenUp)
      if (saved !== null && isOurs(saved)) {
        // Not the key of the copy: that is the first id of the client, which may have had to take another
        // since.
        const replica = restored(saved.replica.client, saved.replica)
        const { unsynced, rejected = [], whose = null } = saved
        // Held until this is written, so that nobody else writes meanwhile.
        await copy.write(new CopyWriter().parts({ replica: replica.saved(), unsynced, rejected, whose }))
        const persist = persisting(copy, { isStored: true, whose })
        if (!givenUp?.aborted) return { replica, persist, isResumed: true, unsynced, rejected }
      }
    } catch (error) {
      this.#report('Stored work cannot be read', error)
    }
    letGo()
    return null
  }

  /** Null when there is no copy, or when the caller stopped waiting: then the copy is released at once. */
  async #read(copy: HeldCopy, letGo: () => void, givenUp?: AbortSignal): Promise<SavedCopy | null> {
    givenUp?.addEventListener('abort', letGo)
    try {
      if (givenUp?.aborted) return null
      const parts = await copy.read()
      return givenUp?.aborted ? null : readCopy(parts)
    } finally {
      givenUp?.removeEventListener('abort', letGo)
    }
  }

  async #clients(): Promise<readonly string[]> {
    try {
      return await this.#storage.clients(this.#room)
    } catch (error) {
      this.#report('Work cannot be stored in this browser', error)
      return []
    }
  }

  #report(what: string, error: unknown): void {
    this.#failed(new SdkError('storage', `${what}: ${String(error)}`, { cause: error }))
  }
}

function once(act: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) act()
    isDone = true
  }
}

function persisting(copy: HeldCopy, stored: StoredState): Start['persist'] {
  return (room) => new Persister(copy, stored, room)
}
