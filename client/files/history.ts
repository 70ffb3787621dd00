/**
 * Undo and redo of the public API: groups edits typed without a pause into one step, and does nothing while
 * files may not be changed. The stacks are in the replica; this has the clock.
 */
import type { Effect } from '../../core/replica/effects.ts'
import type { Replica } from '../../core/replica/replica.ts'
import { SdkError } from '../sdk-error.ts'

/** A pause of this many ms between two edits starts a new undo step. */
const PAUSE_MS = 500

/** What the history needs of its room. */
export interface HistoryHost {
  /** Whether this user may change files now. */
  mayEdit(): boolean
  /** Applies a local change. */
  local(change: () => Effect[]): Effect[]
  /** The undo or redo stack changed. */
  changed(): void
  /** The step cannot be undone or redone now. */
  failed(error: SdkError): void
}

export class History {
  readonly #replica: Replica
  readonly #host: HistoryHost
  #lastEdit = Number.NEGATIVE_INFINITY
  /** The state last reported: history revision, and whether files may be changed. */
  #reported = '0 true'

  constructor(replica: Replica, host: HistoryHost) {
    this.#replica = replica
    this.#host = host
  }

  /** Called for each edit. Returns whether it joins the undo step of the one before. */
  joins(): boolean {
    const now = Date.now()
    const joins = now - this.#lastEdit < PAUSE_MS
    this.#lastEdit = now
    return joins
  }

  can(doing: 'undo' | 'redo', file?: string): boolean {
    return this.#host.mayEdit() && this.#replica.canTurn(doing, file)
  }

  /**
   * Returns whether anything was done. A step that would make a file too large is reported as an error, and
   * stays on its stack.
   */
  turn(doing: 'undo' | 'redo', file?: string): boolean {
    if (!this.can(doing, file)) return false
    this.#lastEdit = Number.NEGATIVE_INFINITY
    try {
      const effects = this.#host.local(() =>
        doing === 'undo' ? this.#replica.undo(file) : this.#replica.redo(file),
      )
      return effects.length > 0
    } catch (error) {
      if (!(error instanceof SdkError) || error.code !== 'file_too_large') throw error
      this.#host.failed(error)
      return false
    }
  }

  /** Reports when the stacks, or whether files may be changed, differ from the last report. */
  report(): void {
    const state = `${this.#replica.historyRevision} ${this.#host.mayEdit()}`
    if (state === this.#reported) return
    this.#reported = state
    this.#host.changed()
  }
}
