/**
 * What the journal says of the typing in a room: since when there are commits that Postgres lacks, and how
 * long people have typed without a pause, which a flush does not interrupt. It decides nothing:
 * core/flush/policy.ts does.
 */
import { type Burst, extended, pauseAfter } from '../../core/flush/policy.ts'
import type { Journal } from '../journal/journal.ts'

export class Typing {
  readonly #journal: Journal
  readonly #idleMs: number
  /** The burst that the last flushed commit belongs to; null before the first flush. */
  #flushed: Burst | null = null
  /** `at` of the commit after `after`, so that it is not read for every commit. */
  #firstDirty = { after: -1, at: 0 }

  /** @param idleMs ms without a commit that are a pause, at least */
  constructor(journal: Journal, idleMs: number) {
    this.#journal = journal
    this.#idleMs = idleMs
  }

  /** The burst that the last flushed commit belongs to; null if that is unknown. */
  get flushed(): Burst | null {
    return this.#flushed
  }

  /** `at` of the last commit, Unix ms; 0 if it is unknown. */
  get lastCommit(): number {
    return this.#journal.log.committedAt(this.#journal.seq) ?? 0
  }

  /** `at` of the first commit that Postgres lacks, Unix ms; 0 if it is unknown, null if there is none. */
  get dirtySince(): number | null {
    const { flushedSeq, seq, marks } = this.#journal
    if (flushedSeq === seq && !marks.rewrites) return null
    if (this.#firstDirty.after !== flushedSeq) {
      const at = this.#journal.log.committedAt(flushedSeq + 1)
      if (at === null) return 0
      this.#firstDirty = { after: flushedSeq, at }
    }
    return this.#firstDirty.at
  }

  /** How long a flush waits for another commit after one that is made now, ms. @param now Unix ms */
  pauseMs(now: number): number {
    const burst = { since: this.dirtySince ?? now, until: now }
    return pauseAfter(extended(this.#flushed, burst, this.#idleMs), this.#idleMs)
  }

  /** The commits of this burst are flushed. */
  flush(burst: Burst): void {
    this.#flushed = extended(this.#flushed, burst, this.#idleMs)
  }
}
