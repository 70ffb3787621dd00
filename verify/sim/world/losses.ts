/**
 * Which commits of a world no longer exist, so that the checks at its end allow those to be missing and
 * nothing else.
 */
import type { Commit } from '../../../core/protocol/messages.ts'

/** Records the damage done to a world. */
export class Damage {
  /** Commits that no longer exist, as they were written, by seq. */
  readonly #lost = new Map<number, Set<string>>()
  /**
   * Commits that the database lost while the room waited for an answer. After that answer, the journal may
   * prune them too.
   */
  readonly #gone = new Map<number, Set<string>>()
  happened = false
  /** Whether a text that only the database had may be gone from there. */
  mayLoseTexts = false

  lose(bodies: readonly string[]): void {
    for (const body of bodies) note(this.#lost, body)
  }

  isLost(body: string): boolean {
    const { seq }: Commit = JSON.parse(body)
    return this.#lost.get(seq)?.has(body) ?? false
  }

  goneFromDatabase(bodies: readonly string[]): void {
    for (const body of bodies) note(this.#gone, body)
  }

  /** What the database lost at this seq, and the room was about to prune. */
  goneAt(seq: number): string[] {
    return [...(this.#gone.get(seq) ?? [])]
  }

  mayBeGivenUp(seq: number): boolean {
    return this.#gone.has(seq) || this.#lost.has(seq)
  }

  hasLostAt(seq: number): boolean {
    return this.#lost.has(seq)
  }
}

function note(bySeq: Map<number, Set<string>>, body: string): void {
  const { seq }: Commit = JSON.parse(body)
  bySeq.set(seq, (bySeq.get(seq) ?? new Set()).add(body))
}
