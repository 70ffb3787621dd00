/**
 * The first files of a new room: ordinary creations, through the ordinary pipeline, with no audience. All of
 * them or none. Only one commit at a time is in memory, since the files of a new room may take a quarter of
 * the object's memory.
 */
import { API_CLIENT } from '../../core/authority/authority.ts'
import type { PacerSettings } from '../../core/authority/pacer.ts'
import { randomId } from '../../core/protocol/id.ts'
import type { Limits } from '../../core/protocol/limits.ts'
import type { Journal } from '../journal/journal.ts'
import { type CommitContext, CommitPipeline } from './commit-pipeline.ts'

export interface NewFile {
  readonly path: string
  /** validated by parseText */
  readonly text: string
}

/** The room refuses a file. */
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
 * Commits the files to a journal that has just been created, within the caller's transaction.
 * @param files is emptied: each is released once it is in a commit
 * @throws ImportError if the room refuses a file: the caller rolls the transaction back
 */
export function importFiles(
  files: NewFile[],
  journal: Journal,
  settings: { readonly limits: Limits; readonly pacer: PacerSettings },
  context: CommitContext,
): void {
  const audience = {
    size: 0,
    // The texts are not read again.
    broadcast: () => pipeline.authority.state.files.unload(0, () => true),
  }
  const pipeline = new CommitPipeline(journal, settings, null, context, audience, null, null)
  // Popping from the end releases each file at once.
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
