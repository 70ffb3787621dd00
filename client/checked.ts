/** What a replica refuses to do, in the SDK's own errors. */
import { ReplicaError } from '../core/replica/replica-error.ts'
import { OpError } from '../core/text/op.ts'
import { SdkError } from './sdk-error.ts'

/** Answers what `change` does. @throws SdkError in place of what the core throws; all else as it is */
export function checked<T>(change: () => T): T {
  try {
    return change()
  } catch (error) {
    if (error instanceof ReplicaError) throw new SdkError(error.code, error.message)
    if (error instanceof OpError) throw new SdkError('bad_text', error.message, { cause: error })
    throw error
  }
}
