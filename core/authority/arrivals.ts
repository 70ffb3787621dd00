/**
 * Who is about to submit: the rhythm of each author, learnt from what they did lately.
 *
 * A client has one submission in flight (S4), so between its ack and its next submission there is a gap, and
 * a moving average of that gap says when the next one is due. An author without a client id may have several
 * submissions under way; of those only the rate counts. Whoever stops is forgotten by itself: silence longer
 * than the average counts in its place.
 *
 * Pure: times in, numbers out, all in ms of one clock. It does not know what a submission contains.
 */

/** Share of a new gap in the moving average. */
const NEWEST = 1 / 4
/** A longer pause, ms, says nothing about how fast somebody types once they go on. */
const LONGEST_GAP_MS = 1_000
/** Silence after which an author is forgotten, ms. */
const FORGOTTEN_MS = 2_000

interface Rhythm {
  /** Whether the next submission follows an ack (S4); otherwise only the rate is known. */
  readonly followsAck: boolean
  /** Whether its last submission is not acked yet. */
  isWaiting: boolean
  /** When the last submission arrived or, once it was, was acked. */
  since: number
  /** Moving average, ms; null before the second submission. */
  gap: number | null
}

/** What is to be expected within a window. */
export interface Expected {
  /** Authors as fast as the window and acked a moment ago, whose next submission is still missing. */
  readonly awaited: number
  /** How many submissions the others will probably make within the window. */
  readonly others: number
}

export class Arrivals {
  readonly #rhythms = new Map<string, Rhythm>()
  /** The authors in the open batch. */
  #batch = new Set<string>()
  /** The authors of the commit that is being written. */
  #written = new Set<string>()

  /** A submission was added to the open batch. @param followsAck whether S4 holds for its author */
  submitted(author: string, now: number, followsAck: boolean): void {
    this.#batch.add(author)
    const known = this.#rhythms.get(author)
    if (known === undefined) {
      this.#rhythms.set(author, { followsAck, isWaiting: followsAck, since: now, gap: null })
      return
    }
    if (!known.isWaiting) {
      const gap = Math.min(now - known.since, LONGEST_GAP_MS)
      known.gap = known.gap === null ? gap : known.gap + (gap - known.gap) * NEWEST
    }
    known.isWaiting = followsAck
    known.since = now
  }

  /** The open batch became a commit, which is being written. */
  sealed(): void {
    for (const author of this.#batch) this.#written.add(author)
    this.#batch.clear()
  }

  /** What was being written is durable: its authors have their acks. */
  acked(now: number): void {
    for (const author of this.#written) {
      const rhythm = this.#rhythms.get(author)
      if (rhythm === undefined || !rhythm.followsAck || this.#batch.has(author)) continue
      rhythm.isWaiting = false
      rhythm.since = now
    }
    this.#written.clear()
  }

  /** Nothing is expected of an author that left, was refused, or waits for something to be fetched. */
  forget(author: string): void {
    this.#rhythms.delete(author)
  }

  /**
   * What may still join the open batch within a window.
   * @param except an author whose submission has just arrived
   */
  expected(now: number, windowMs: number, except?: string): Expected {
    let awaited = 0
    let others = 0
    for (const [author, { followsAck, isWaiting, since, gap }] of this.#rhythms) {
      const silence = now - since
      if (silence > FORGOTTEN_MS) this.#rhythms.delete(author)
      if (author === except || gap === null || isWaiting || this.#batch.has(author)) continue
      if (followsAck && gap <= windowMs && silence <= 2 * windowMs) awaited++
      else others += windowMs / Math.max(gap, silence, 1)
    }
    return { awaited, others }
  }
}
