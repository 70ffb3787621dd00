/**
 * Tells whether an edit goes on where the last one stopped: typing on, or deleting on, at each cursor of a person. Where cursors
 * are is known from what was typed, and moved along with what others do. It knows no clock: who calls says whether there was a pause.
 */
import { hunksOf } from '../../text/hunks.ts'
import type { TextOp } from '../../text/op.ts'
import { transformPoint } from '../../text/transform.ts'
import { pointsOf } from '../../text/units.ts'

export class Typing {
  #file: string | null = null
  #inserts = false
  /** Points of the local text at which the last edit stopped, in ascending order. */
  #carets: readonly number[] = []

  /** Takes an edit. Answers whether it goes on from the last. */
  next(file: string, op: TextOp): boolean {
    const hunks = hunksOf(op)
    const inserts = hunks.every(({ insert }) => insert !== '')
    const goesOn =
      file === this.#file &&
      inserts === this.#inserts &&
      hunks.length === this.#carets.length &&
      hunks.every(({ start, end }, i) => {
        // What is put in place of what stood before the caret is typing still: so do input methods while they compose.
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

  /** Something else was done: no edit goes on from what was before. */
  stop(): void {
    this.#file = null
  }
}
