/**
 * Undo and redo of the public API: groups edits typed without a pause into one step, and does nothing while
 * files may not be changed. The stacks are in the replica; this has the clock.
 */
import type { Effect } from '../../core/replica/effects.ts'
import type { Replica } from '../../core/replica/replica.ts'
import type { Emitter } from '../emitter.ts'
import { SdkError } from '../sdk-error.ts'
import type { RoomEvents } from '../types.ts'

/** A pause of this many ms between two edits starts a new undo step. */
const PAUSE_MS = 500

/** The way of a local change into the room. */
export interface Changeable {
  /** Whether this user may change files now. */
  readonly canEdit: boolean
  /** Applies a local change. */
  local(change: () => Effect[]): Effect[]
}

export class History {
  readonly #replica: Replica
  readonly #room: Changeable
  readonly #emitter: Emitter<RoomEvents>
  #lastEdit = Number.NEGATIVE_INFINITY
  /** The state last reported: history revision, and whether files may be changed. */
  #reported = '0 true'

  constructor(replica: Replica, room: Changeable, emitter: Emitter<RoomEvents>) {
    this.#replica = replica
    this.#room = room
    this.#emitter = emitter
  }

  /** Called for each edit. Returns whether it joins the undo step of the one before. */
  joins(): boolean {
    const now = Date.now()
    const joins = now - this.#lastEdit < PAUSE_MS
    this.#lastEdit = now
    return joins
  }

  can(doing: 'undo' | 'redo', file?: string): boolean {
    return this.#room.canEdit && this.#replica.canTurn(doing, file)
  }

  /**
   * Returns whether anything was done. A step that would make a file too large is reported as an error, and
   * stays on its stack.
   */
  turn(doing: 'undo' | 'redo', file?: string): boolean {
    if (!this.can(doing, file)) return false
    this.#lastEdit = Number.NEGATIVE_INFINITY
    try {
      const effects = this.#room.local(() =>
        doing === 'undo' ? this.#replica.undo(file) : this.#replica.redo(file),
      )
      return effects.length > 0
    } catch (error) {
      if (!(error instanceof SdkError) || error.code !== 'file_too_large') throw error
      this.#emitter.emit('error', error)
      return false
    }
  }

  /** Reports when the stacks, or whether files may be changed, differ from the last report. */
  report(): void {
    const state = `${this.#replica.historyRevision} ${this.#room.canEdit}`
    if (state === this.#reported) return
    this.#reported = state
    this.#emitter.emit('history')
  }
}
