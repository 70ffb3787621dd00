/**
 * Keeps a copy of what is not acked in a storage, and deletes it when all is. Invariant: at most one write is under way, and
 * what it writes is the state of one moment. A write that the storage does not answer keeps nobody waiting: it counts as failed until
 * it is answered, and is followed by the next one then. It decides when to write; what, the room and its replica know.
 */

import { SdkError } from '../sdk-error.ts'
import { within } from '../transport/timers.ts'
import { whoseOf } from './owner.ts'
import { CopyWriter, type SavedCopy } from './saved-copy.ts'
import type { HeldCopy } from './storage.ts'

/** ms within which an ack usually comes: what it answers need not be written. */
const ACK_MS = 250
/** ms within which a storage answers; what waits for it goes on without it then. */
const WRITE_MS = 3_000

export interface PersisterHost {
  /** What has to be kept now; null when nothing has. */
  state(): Omit<SavedCopy, 'whose'> | null
  /** What the room was shown when it last said who this is; null before that. */
  token(): string | null
  /** Whether an ack may come any moment. */
  isConnected(): boolean
  /** The number of the submission that has waited longest for its ack; null when none waits. */
  oldest(): number | null
  failed(error: SdkError): void
}

/** What the storage has as a persister begins. */
export interface Kept {
  readonly isKept: boolean
  readonly whose: string | null
}

export class Persister {
  readonly #copy: HeldCopy
  readonly #host: PersisterHost
  readonly #writer = new CopyWriter()
  /** Whether the storage has a copy. */
  #isKept: boolean
  /** Whose the copy is, by `whoseOf`, and the token that says so; null where that is not from this life. */
  #whose: string | null
  #token: string | null = null
  /** Whether what the storage has is as of now, as far as is known. */
  #isSaved = true
  #timer: ReturnType<typeof setTimeout> | undefined
  /** What waited longest when the timer was set. */
  #awaited: number | null = null
  #writing: Promise<void> | null = null
  #isDirty = false
  #isDiscarded = false
  /** What the storage has not answered in time, and may answer yet; resolves then. */
  #unanswered: Promise<void> | null = null

  constructor(copy: HeldCopy, { isKept, whose }: Kept, host: PersisterHost) {
    this.#copy = copy
    this.#isKept = isKept
    this.#whose = whose
    this.#host = host
    if (typeof addEventListener === 'function') addEventListener('pagehide', this.#leaving)
  }

  /** Something may have changed. */
  changed(): void {
    this.#isDirty = true
    if (!this.#host.isConnected()) {
      this.save()
      return
    }
    const oldest = this.#host.oldest()
    // Its ack came in time: nothing was written for it, and what waits now has its own time.
    if (!this.#isKept && oldest !== this.#awaited) {
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
    this.#awaited = oldest
    this.#timer ??= setTimeout(() => this.save(), ACK_MS)
  }

  /** As `save`, whether anything is known to have changed or not. */
  saveNow(): Promise<void> {
    this.#isDirty = true
    return this.save()
  }

  /** Brings the storage up to now. Resolves when it is, or has failed; what fails is told, and tried again with the next change. */
  save(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#unanswered !== null) return Promise.resolve()
    // A write under way looks again before it ends, and once more for what changed as it did.
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null
      return this.#isDirty ? this.save() : undefined
    })
    return this.#writing
  }

  /**
   * Brings the storage up to now, for the last time, and lets go of the copy.
   * @param discard whether nothing is to be kept
   * @returns whether what has to be kept is: a later life can go on with it. Where it is not, nothing is kept
   */
  async close(discard = false): Promise<boolean> {
    if (typeof removeEventListener === 'function') removeEventListener('pagehide', this.#leaving)
    this.#isDiscarded = discard
    await this.saveNow()
    if (this.#unanswered === null) {
      this.#copy.release()
      return this.#isSaved && !discard
    }
    // What is handed back instead must not come again from the storage, once that answers.
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
      const state = this.#isDiscarded ? null : this.#host.state()
      try {
        if (state !== null) {
          this.#isKept = true
          await this.#answered(this.#copy.write(this.#writer.parts({ ...state, whose: this.#whoseNow() })))
        } else if (this.#isKept) {
          this.#writer.reset()
          await this.#answered(this.#copy.clear())
          this.#isKept = false
        }
        this.#isSaved = true
      } catch (error) {
        this.#isSaved = false
        this.#writer.reset()
        const text = `What is not saved in the room could not be kept in this browser either: ${String(error)}`
        this.#host.failed(new SdkError('storage', text, { cause: error }))
      }
    }
  }

  #whoseNow(): string | null {
    const token = this.#host.token()
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
