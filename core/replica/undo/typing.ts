/**
 * Detects whether an edit continues the previous one: typing or deleting on at each of a user's cursors. The
 * positions of the cursors are inferred from what was typed, and transformed over changes by others. It
 * knows no clock: the caller detects pauses.
 */
import { hunksOf } from '../../text/hunks.ts'
import type { TextOp } from '../../text/op.ts'
import { transformPoint } from '../../text/transform.ts'
import { pointsOf } from '../../text/units.ts'

export class Typing {
  #file: string | null = null
  #inserts = false
  /** Points of the local text at which the last edit ended, in ascending order. */
  #carets: readonly number[] = []

  /** Records an edit. Returns whether it continues the last. */
  next(file: string, op: TextOp): boolean {
    const hunks = hunksOf(op)
    const inserts = hunks.every(({ insert }) => insert !== '')
    const goesOn =
      file === this.#file &&
      inserts === this.#inserts &&
      hunks.length === this.#carets.length &&
      hunks.every(({ start, end }, i) => {
        // Replacing text before the caret still counts as typing: input methods do so while composing.
        return end === this.#carets[i] || (!inserts && start === this.#carets[i])
      })
    let grown = 0
    this.#file = file
    this.#inserts = inserts
    this.#carets = hunks.map(({ start, end, insert }) => {
      const points = pointsOf(insert)
      const caret = start + grown + points
      grown += points - (end - start)
      return caret
    })
    return goesOn
  }

  /** Somebody else changed the text. */
  carry(file: string, op: TextOp): void {
    if (file !== this.#file) return
    this.#carets = this.#carets.map((caret) => transformPoint(caret, op, 'left'))
  }

  /** Something else was done: the next edit continues nothing. */
  stop(): void {
    this.#file = null
  }
}
