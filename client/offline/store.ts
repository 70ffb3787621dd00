/**
 * The copies of one room that a storage has, as beginnings of clients. A copy that cannot be read, or not be written, is left
 * alone and told; the work of today goes on without it.
 */
import { restored } from '../../core/replica/restore.ts'
import { SdkError } from '../sdk-error.ts'
import { freshStart, type Start } from '../start.ts'
import { whoseOf } from './owner.ts'
import { type Kept, Persister } from './persister.ts'
import { CopyWriter, readCopy, type SavedCopy } from './saved-copy.ts'
import type { HeldCopy, RoomStorage } from './storage.ts'

/** The storage of one room, with what goes wrong in it told and not thrown. */
export class CopyStore {
  readonly #storage: RoomStorage
  readonly #room: string
  readonly #failed: (error: SdkError) => void

  /** @param room what the room is called in the storage, the same for no other room anywhere */
  constructor(storage: RoomStorage, room: string, failed: (error: SdkError) => void) {
    this.#storage = storage
    this.#room = room
    this.#failed = failed
  }

  /**
   * Goes on where the user of `token` left off, in a copy that nobody else goes on for; anew when there is none.
   * A copy that does not say whose it is (older code wrote it, for instance) is left to `leftBehind`.
   * @param token what this page shows to the room first; null while there is none, so the user is not known
   * @param givenUp aborts when nobody waits for the answer any more: what was taken hold of is let go of then
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

  /** A client that was not there before. */
  async new(givenUp?: AbortSignal): Promise<Start> {
    const start = freshStart()
    return { ...start, keep: await this.keep(start.replica.client, givenUp) }
  }

  /** What keeps the work of a client that has no copy yet; null where nothing can. */
  async keep(client: string, givenUp?: AbortSignal): Promise<Start['keep']> {
    try {
      const copy = await this.#storage.hold(this.#room, client)
      if (copy === null) return null
      if (!givenUp?.aborted) return keeping(copy, { isKept: false, whose: null })
      copy.release()
    } catch (error) {
      this.#tell('Nothing can be kept here', error)
    }
    return null
  }

  /**
   * All that somebody else left who is not here any more: same user, work not acked. Those without any are
   * cleared away.
   * @param user as the room has welcomed this page
   */
  async *leftBehind(user: string, givenUp?: AbortSignal): AsyncGenerator<Start> {
    for (const client of await this.#clients()) {
      if (givenUp?.aborted) return
      const start = await this.#resume(client, ({ replica }) => replica.user === user, givenUp)
      if (start !== null) yield start
    }
  }

  /**
   * Goes on for a client. Null when somebody else does, it left nothing that can be read, or its copy is not
   * ours: then the copy stays.
   * The numbers that this life will give to submissions are kept before any is sent: no later life gives them again.
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
        // Not the name of the copy: that is its first client's, who may have had to choose another id since.
        const replica = restored(saved.replica.client, saved.replica)
        const { unsynced, rejected = [], whose = null } = saved
        // What is being written is held until it is written: nobody else may write meanwhile.
        await copy.write(new CopyWriter().parts({ replica: replica.saved(), unsynced, rejected, whose }))
        const keep = keeping(copy, { isKept: true, whose })
        if (!givenUp?.aborted) return { replica, keep, isKept: true, unsynced, rejected }
      }
    } catch (error) {
      this.#tell('What was kept here of earlier work cannot be used', error)
    }
    letGo()
    return null
  }

  /** Null when nothing is there, or nobody waits for it any more: then the copy is let go of at once. */
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
      this.#tell('Nothing can be kept here', error)
      return []
    }
  }

  #tell(what: string, error: unknown): void {
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

function keeping(copy: HeldCopy, kept: Kept): Start['keep'] {
  return (host) => new Persister(copy, kept, host)
}
