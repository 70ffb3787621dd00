/**
 * The copies of one room that a storage has, as beginnings of clients. A copy that cannot be read, or not be written, is left
 * alone and told; the work of today goes on without it.
 */
import { restored } from '../core/replica/restore.ts'
import { Keeper } from './keeper.ts'
import { CopyWriter, readCopy } from './saved-copy.ts'
import { SdkError } from './sdk-error.ts'
import { freshStart, type Start } from './start.ts'
import type { HeldCopy, RoomStorage } from './storage.ts'

/** The storage of one room, with what goes wrong in it told and not thrown. */
export class Copies {
  readonly #storage: RoomStorage
  readonly #room: string
  readonly #failed: (error: SdkError) => void

  /** @param room what the room is called in the storage, the same for no other room anywhere */
  constructor(storage: RoomStorage, room: string, failed: (error: SdkError) => void) {
    this.#storage = storage
    this.#room = room
    this.#failed = failed
  }

  /** Goes on where somebody left off whom nobody else goes on for; anew when there is nobody. */
  async lastOrNew(): Promise<Start> {
    for (const client of await this.#clients()) {
      const start = await this.resume(client)
      if (start !== null) return start
    }
    return this.new()
  }

  /** A client that was not there before. */
  async new(): Promise<Start> {
    const start = freshStart()
    try {
      const copy = await this.#storage.hold(this.#room, start.replica.client)
      return { ...start, keep: copy && keeping(copy, false) }
    } catch (error) {
      this.#tell('Nothing can be kept here', error)
      return start
    }
  }

  /** All that somebody else left who is not here any more: same user, work not acked. Those without any are cleared away. */
  async *leftBehind(user: string): AsyncGenerator<Start> {
    for (const client of await this.#clients()) {
      const start = await this.resume(client, user)
      if (start !== null) yield start
    }
  }

  /**
   * Goes on for a client. Null when somebody else does, it left nothing that can be read, or it was another user than `user`.
   * The numbers that this life will give to submissions are kept before any is sent: no later life gives them again.
   */
  async resume(client: string, user?: string): Promise<Start | null> {
    let copy: HeldCopy | null = null
    try {
      copy = await this.#storage.hold(this.#room, client)
      const saved = copy === null ? null : readCopy(await copy.read())
      if (copy !== null && saved !== null && (user === undefined || saved.replica.user === user)) {
        // Not the name of the copy: that is its first client's, who may have had to choose another id since.
        const replica = restored(saved.replica.client, saved.replica)
        const { unsynced, rejected = [] } = saved
        await copy.write(new CopyWriter().parts({ replica: replica.saved(), unsynced, rejected }))
        return { replica, keep: keeping(copy, true), isKept: true, unsynced, rejected }
      }
    } catch (error) {
      this.#tell('What was kept here of earlier work cannot be used', error)
    }
    copy?.release()
    return null
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

function keeping(copy: HeldCopy, isKept: boolean): Start['keep'] {
  return (host) => new Keeper(copy, isKept, host)
}
