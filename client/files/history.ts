/**
 * Undo and redo as an application has them: what one types without a pause is taken back at once, and where nothing may be changed
 * nothing is. What can be undone the replica knows; here is the clock.
 */
import type { Effect } from '../../core/replica/effects.ts'
import type { Replica } from '../../core/replica/replica.ts'
import { SdkError } from '../sdk-error.ts'

/** ms between two edits after which the second is undone by itself. */
const PAUSE_MS = 500

/** What a history asks of its room. */
export interface HistoryHost {
  /** Whether this user may change files now. */
  mayEdit(): boolean
  /** Makes a change of this client's own. */
  local(change: () => Effect[]): Effect[]
  /** Something else can be undone or redone. */
  tell(): void
  /** What was asked for cannot be done now. */
  failed(error: SdkError): void
}

export class History {
  readonly #replica: Replica
  readonly #host: HistoryHost
  #lastEdit = Number.NEGATIVE_INFINITY
  /** What was told last: the revision, and whether anything may be changed. */
  #told = '0 true'

  constructor(replica: Replica, host: HistoryHost) {
    this.#replica = replica
    this.#host = host
  }

  /** An edit is made now. Answers whether it may be undone together with the one before. */
  joins(): boolean {
    const now = Date.now()
    const joins = now - this.#lastEdit < PAUSE_MS
    this.#lastEdit = now
    return joins
  }

  can(doing: 'undo' | 'redo', file?: string): boolean {
    return this.#host.mayEdit() && this.#replica.canTurn(doing, file)
  }

  /** Answers whether anything was done. What would give back more than a file may have is told as an error, and stays to be done. */
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

  /** Tells when something else can be undone or redone than was told last. */
  look(): void {
    const told = `${this.#replica.historyRevision} ${this.#host.mayEdit()}`
    if (told === this.#told) return
    this.#told = told
    this.#host.tell()
  }
}
