/**
 * Stores a copy of the work that is not acked, and deletes it once everything is. Invariant: at most one
 * write is in progress, and it writes a consistent state. A write that the storage does not answer in time
 * blocks nobody: it counts as failed until it is answered, and then the next write follows. The persister
 * decides when to write; the room and its replica know what.
 */

import type { Replica } from '../../core/replica/replica.ts'
import type { Emitter } from '../emitter.ts'
import { SdkError } from '../sdk-error.ts'
import type { ConnectionStatus } from '../transport/connection-status.ts'
import { within } from '../transport/timers.ts'
import type { RoomEvents } from '../types.ts'
import { whoseOf } from './owner.ts'
import { CopyWriter, type SavedCopy } from './saved-copy.ts'
import type { HeldCopy } from './storage.ts'

/** Time in ms within which an ack usually arrives, so that nothing need be written. */
const ACK_MS = 250
/** Time in ms for the storage to answer; after that, callers go on without it. */
const WRITE_MS = 3_000

/** The parts of a room whose work is stored; a Sync has them. */
export interface StoredRoom {
  readonly replica: Replica
  readonly status: Pick<ConnectionStatus, 'isConnected' | 'isOver'>
  readonly emitter: Emitter<RoomEvents>
  /** The token for which the room last confirmed the user; null before that. */
  readonly confirmedToken: string | null
}

/** What the storage has when the persister starts. */
export interface StoredState {
  readonly isStored: boolean
  readonly whose: string | null
}

export class Persister {
  readonly #copy: HeldCopy
  readonly #room: StoredRoom
  readonly #writer = new CopyWriter()
  /** Whether the storage has a copy. */
  #isStored: boolean
  /**
   * Owner of the copy, by `whoseOf`, and the token it was derived from; null when unknown or from an
   * earlier page.
   */
  #whose: string | null
  #token: string | null = null
  /** Whether the storage is up to date, as far as known. */
  #isSaved = true
  #timer: ReturnType<typeof setTimeout> | undefined
  /** The oldest submission when the timer was set. */
  #awaited: number | null = null
  #writing: Promise<void> | null = null
  #isDirty = false
  #isDiscarded = false
  /** A storage call that was not answered in time; resolves when it is. */
  #unanswered: Promise<void> | null = null

  constructor(copy: HeldCopy, { isStored, whose }: StoredState, room: StoredRoom) {
    this.#copy = copy
    this.#isStored = isStored
    this.#whose = whose
    this.#room = room
    if (typeof addEventListener === 'function') addEventListener('pagehide', this.#leaving)
  }

  /** The state may have changed. */
  changed(): void {
    this.#isDirty = true
    if (!this.#room.status.isConnected) {
      this.save()
      return
    }
    const oldest = this.#room.replica.oldest
    // The awaited ack came in time, so nothing is written for it; later submissions get their own time.
    if (!this.#isStored && oldest !== this.#awaited) {
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
    this.#awaited = oldest
    this.#timer ??= setTimeout(() => this.save(), ACK_MS)
  }

  /** Like `save`, even if nothing is known to have changed. */
  saveNow(): Promise<void> {
    this.#isDirty = true
    return this.save()
  }

  /**
   * Writes the current state. Resolves when written or failed; a failure is reported and retried with the
   * next change.
   */
  save(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#unanswered !== null) return Promise.resolve()
    // A write in progress also writes what changes meanwhile; once it has ended, this looks again.
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null
      return this.#isDirty ? this.save() : undefined
    })
    return this.#writing
  }

  /**
   * Writes the current state a last time and releases the copy.
   * @param discard deletes the copy instead
   * @returns whether everything is stored, so that a later client can resume it. If false, nothing is stored
   */
  async close(discard = false): Promise<boolean> {
    if (typeof removeEventListener === 'function') removeEventListener('pagehide', this.#leaving)
    this.#isDiscarded = discard
    await this.saveNow()
    if (this.#unanswered === null) {
      this.#copy.release()
      return this.#isSaved && !discard
    }
    // The work is handed back to the application instead, so it must not be resumed from the storage later.
    this.#isDiscarded = true
    void this.#unanswered.then(() => this.saveNow()).then(() => this.#copy.release())
    return false
  }

  readonly #leaving = () => {
    if (this.#isDirty) void this.save()
  }

  async #write(): Promise<void> {
    while (this.#isDirty && this.#unanswered === null) {
      this.#isDirty = false
      const state = this.#isDiscarded ? null : this.#state()
      try {
        if (state !== null) {
          this.#isStored = true
          await this.#answered(this.#copy.write(this.#writer.parts({ ...state, whose: this.#whoseNow() })))
        } else if (this.#isStored) {
          this.#writer.reset()
          await this.#answered(this.#copy.clear())
          this.#isStored = false
        }
        this.#isSaved = true
      } catch (error) {
        this.#isSaved = false
        this.#writer.reset()
        const text = `Unsaved work could not be stored in this browser: ${String(error)}`
        this.#room.emitter.emit('error', new SdkError('storage', text, { cause: error }))
      }
    }
  }

  /** The state to store; null when there is nothing to store. */
  #state(): Omit<SavedCopy, 'whose'> | null {
    const { replica, status, emitter } = this.#room
    const unsynced = emitter.waiting('unsynced').map(([event]) => event)
    const rejected = emitter.waiting('rejected').map(([event]) => event)
    const isAway = !status.isConnected && !status.isOver && replica.epoch !== null
    const isUnheard = unsynced.length > 0 || rejected.length > 0
    return replica.pending > 0 || isUnheard || isAway
      ? { replica: replica.saved(), unsynced, rejected }
      : null
  }

  #whoseNow(): string | null {
    const token = this.#room.confirmedToken
    if (token !== null && token !== this.#token) {
      this.#token = token
      this.#whose = whoseOf(token)
    }
    return this.#whose
  }

  async #answered(work: Promise<void>): Promise<void> {
    let isOver = false
    const over = work.then(
      () => {
        isOver = true
      },
      () => {
        isOver = true
      },
    )
    try {
      await within(WRITE_MS, work, `no answer within ${WRITE_MS / 1000} s`)
    } catch (error) {
      if (!isOver) {
        this.#unanswered = over.then(() => {
          this.#unanswered = null
          this.changed()
        })
      }
      throw error
    }
  }
}
