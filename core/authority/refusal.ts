/** Why one submission is refused: thrown wherever that is found, and answered by the authority, which undoes what was done so far. */
import type { RejectCode } from '../protocol/messages.ts'

export class Refusal extends Error {
  readonly code: RejectCode

  constructor(code: RejectCode, message: string) {
    super(message)
    this.name = 'Refusal'
    this.code = code
  }
}
