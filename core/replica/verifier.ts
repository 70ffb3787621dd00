/**
 * Moves the committed texts along with a commit and holds them against its checksums: a text that differs is not relied on any
 * more, and what is known of how it came to differ becomes a report. It knows nothing of what is pending.
 */
import type { Commit, EditChange } from '../protocol/messages.ts'
import { isNoop, OpError, parseOp } from '../text/op.ts'
import type { Text } from '../text/text.ts'
import type { Copy } from './copy.ts'
import type { DesyncEffect } from './effects.ts'
import { Evidence } from './evidence.ts'

export class Verifier {
  readonly #copy: Copy
  readonly #evidence = new Evidence()

  constructor(copy: Copy) {
    this.#copy = copy
  }

  /** The room's own text of a file has come, as of `seq`. */
  agreed(file: string, seq: number): void {
    this.#evidence.agreed(file, seq)
  }

  /** A commit is about to be applied. */
  begin(commit: Commit): void {
    this.#evidence.begin(this.#followedOf(commit))
  }

  /** Applies somebody's edit to a text that is followed. Answers false where it does not fit: the checksum will say that the text differs. */
  apply(change: EditChange, seq: number): boolean {
    this.#evidence.edited(change.file, change.op)
    try {
      // What is no op in normal form would fail later, with the committed text moved and what waits here left behind.
      parseOp(change.op)
      this.#copy.apply(change, seq)
      return true
    } catch (error) {
      if (!(error instanceof OpError) || !this.#evidence.covers(change.file)) throw error
      this.#evidence.misfit(change.file)
      this.#copy.distrust(change.file)
      this.#copy.apply(change, seq)
      return false
    }
  }

  /** Applies an edit of our own. */
  applyOwn(change: EditChange, seq: number): void {
    if (isNoop(change.op)) return
    this.#evidence.edited(change.file, change.op)
    this.#copy.applyOwn(change, seq)
  }

  /** The commit is applied: compares its checksums with the texts here. */
  compare({ seq, sums }: Commit): DesyncEffect[] {
    const effects: DesyncEffect[] = []
    for (const [file, sum] of Object.entries(sums)) {
      const text = this.#copy.committedText(file)
      const follows = this.#copy.follows(file)
      if (text === null || !(follows || this.#evidence.isMisfit(file))) continue
      if (follows && text.checksum() === sum) {
        this.#evidence.agreed(file, seq)
        continue
      }
      this.#copy.distrust(file)
      effects.push({ type: 'desync', file, seq, report: this.#evidence.report(file, seq, text) })
    }
    return effects
  }

  /** The texts that a commit has a checksum of and that are followed here, as they are before it. */
  *#followedOf(commit: Commit): IterableIterator<readonly [file: string, text: Text]> {
    for (const file of Object.keys(commit.sums)) {
      const text = this.#copy.follows(file) ? this.#copy.committedText(file) : null
      if (text !== null) yield [file, text]
    }
  }
}
