/** Errors of the SDK: `code` for programs, the message for people. */
import { ReplicaError } from '../core/replica/replica-error.ts'
import { OpError } from '../core/text/op.ts'

export type SdkErrorCode =
  | 'bad_name'
  | 'bad_url'
  | 'bad_token'
  | 'bad_option'
  | 'async_transaction'
  | 'no_such_room'
  | 'no_such_file'
  | 'not_open'
  | 'bad_path'
  | 'path_taken'
  | 'file_exists'
  | 'bad_text'
  | 'bad_user'
  | 'bad_invitation'
  | 'unauthenticated'
  | 'forbidden'
  | 'closed_by_owner'
  | 'replaced'
  | 'refused'
  | 'unreachable'
  | 'closed'
  | 'protocol'
  | 'desync'
  | 'too_fast'
  | 'file_too_large'
  | 'too_many_files'
  | 'too_many_changes'
  | 'submission_too_large'
  | 'chat_too_long'
  | 'presence_too_large'
  | 'bad_presence'
  | 'storage'

export class SdkError extends Error {
  readonly code: SdkErrorCode

  /** @param message what to do; when it is empty, one is made from the code */
  constructor(code: SdkErrorCode, message: string, options?: { cause?: unknown }) {
    super(message.trim() === '' ? `no reason given (${code})` : message, options)
    this.name = 'SdkError'
    this.code = code
  }
}

const BY_CLOSE_CODE: ReadonlyMap<number, SdkErrorCode> = new Map([
  [1000, 'closed'],
  [4401, 'unauthenticated'],
  [4403, 'forbidden'],
  [4404, 'no_such_room'],
  [4409, 'replaced'],
  [4410, 'closed_by_owner'],
])

/** The SdkError code of a close code; `status.code` has the close code itself. */
export function errorCodeOf(closeCode: number): SdkErrorCode {
  return BY_CLOSE_CODE.get(closeCode) ?? 'refused'
}

/** The SdkError of a close code and reason. */
export function lossError({ code, reason }: { readonly code: number; readonly reason: string }): SdkError {
  return new SdkError(errorCodeOf(code), reason)
}

/** Converts errors of the core. @throws SdkError for the core's errors; other errors unchanged */
export function checked<T>(change: () => T): T {
  try {
    return change()
  } catch (error) {
    if (error instanceof ReplicaError) throw new SdkError(error.code, error.message)
    if (error instanceof OpError) throw new SdkError('bad_text', error.message, { cause: error })
    throw error
  }
}
