/** Which commits of a world are nowhere any more, so that the checks at its end let those be missing and nothing else. */
import type { Commit } from '../../../core/protocol/messages.ts'

/** What became of a world, beside what it was made for. */
export class Damage {
  /** Commits that are nowhere any more, as they were written, by seq. */
  readonly #lost = new Map<number, Set<string>>()
  /** Commits that the database lost while the room waited for an answer. On that, the journal may let go of them too. */
  readonly #gone = new Map<number, Set<string>>()
  happened = false
  /** Whether a text may be in the database alone, and gone from there. */
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

  /** What the database lost at this seq, and the room was about to let go of. */
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
