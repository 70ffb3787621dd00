/**
 * The first files of a new room: the same creations that anybody would submit, through the same pipeline, with nobody there to see
 * them. All of them or none. One commit at a time is in memory: the files of a new room may take as much as a quarter of an object's.
 */
import { API_CLIENT } from '../../core/authority/authority.ts'
import type { PacerSettings } from '../../core/authority/pacer.ts'
import { randomId } from '../../core/protocol/id.ts'
import type { Limits } from '../../core/protocol/limits.ts'
import type { Journal } from '../journal/journal.ts'
import { type CommitContext, CommitPipeline } from './commit-pipeline.ts'

export interface NewFile {
  readonly path: string
  /** parsed with parseText */
  readonly text: string
}

/** A room refuses to have such a file. */
export class ImportError extends Error {
  override readonly name = 'ImportError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const AUTHOR = { client: API_CLIENT, user: API_CLIENT, name: API_CLIENT, role: 'owner' } as const

/**
 * Commits the files to a journal that has just been created, within a transaction of the caller's.
 * @param files is empty afterwards: each is let go once it is in a commit
 * @throws ImportError where the room refuses a file: the transaction is to be rolled back
 */
export function importFiles(
  files: NewFile[],
  journal: Journal,
  settings: { readonly limits: Limits; readonly pacer: PacerSettings },
  context: CommitContext,
): void {
  const pipeline = new CommitPipeline(journal, settings, null, context, {
    size: 0,
    collect: () => {},
    beforeCommit: () => {},
    // Nobody looks at the texts again.
    publish: () => pipeline.authority.state.files.unload(0, () => true),
  })
  // From the end, so that each is let go at once.
  files.reverse()
  for (let next = files.pop(); next !== undefined; next = files.pop()) {
    const { path, text } = next
    const change = { type: 'create', file: randomId(crypto), path, text } as const
    const base = pipeline.authority.state.seq
    const outcome = pipeline.submit(AUTHOR, { type: 'submit', n: 0, base, changes: [change] })
    if (outcome.type === 'reject') throw new ImportError(outcome.code, `${path}: ${outcome.message}`)
  }
  pipeline.seal()
  pipeline.end()
}
