/** Converts errors of the core to `SdkError`. */
import { ReplicaError } from '../core/replica/replica-error.ts'
import { OpError } from '../core/text/op.ts'
import { SdkError } from './sdk-error.ts'

/** Returns what `change` returns. @throws SdkError for the errors of the core; other errors unchanged */
export function checked<T>(change: () => T): T {
  try {
    return change()
  } catch (error) {
    if (error instanceof ReplicaError) throw new SdkError(error.code, error.message)
    if (error instanceof OpError) throw new SdkError('bad_text', error.message, { cause: error })
    throw error
  }
}
