/** A change that cannot be made here; nothing was changed and nothing was sent. */
export class ReplicaError extends Error {
  readonly code:
    | 'no_such_file'
    | 'not_open'
    | 'bad_path'
    | 'path_taken'
    | 'file_exists'
    | 'file_too_large'
    | 'too_many_files'
    | 'too_many_changes'
    | 'submission_too_large'

  constructor(code: ReplicaError['code'], message: string) {
    super(message)
    this.name = 'ReplicaError'
    this.code = code
  }
}
