/**
 * Why one submission is refused. Thrown where the reason is found; the authority catches it, undoes what was
 * done so far and rejects.
 */
import type { RejectCode } from '../protocol/messages.ts'

export class Refusal extends Error {
  readonly code: RejectCode

  constructor(code: RejectCode, message: string) {
    super(message)
    this.name = 'Refusal'
    this.code = code
  }
}
