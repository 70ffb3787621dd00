/**
 * Applies a commit to the committed texts and compares them with its checksums: a text that differs is no
 * longer relied on, and what is known about the cause becomes a report. It knows nothing about pending
 * changes.
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

  /** The room sent its text of a file, as of `seq`. */
  agreed(file: string, seq: number): void {
    this.#evidence.agreed(file, seq)
  }

  /** A commit is about to be applied. */
  begin(commit: Commit): void {
    this.#evidence.begin(this.#followedOf(commit))
  }

  /** The commit being applied creates a file whose text is followed from here on. */
  follow(file: string): void {
    const text = this.#copy.committedText(file)
    if (text !== null) this.#evidence.follow(file, text)
  }

  /**
   * Applies an edit by somebody else to a followed text. Returns false if it does not fit: the checksum
   * comparison then reports the difference.
   */
  apply(change: EditChange, seq: number): boolean {
    this.#evidence.edited(change.file, change.op)
    try {
      // An op that is not in normal form would fail later, with the committed text changed and the pending
      // items not transformed.
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

  /** After the commit is applied: compares its checksums with the texts here. */
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

  /** The followed texts for which a commit has a checksum, as they are before it. */
  *#followedOf(commit: Commit): IterableIterator<readonly [file: string, text: Text]> {
    for (const file of Object.keys(commit.sums)) {
      const text = this.#copy.follows(file) ? this.#copy.committedText(file) : null
      if (text !== null) yield [file, text]
    }
  }
}
