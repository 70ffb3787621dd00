/**
 * The first files of a new room as commits: the same creations that a client would submit, judged by the same authority,
 * cut so that no commit outgrows a row. All of them or none. One commit at a time is in memory: the files of a new room may take as
 * much as a quarter of an object's.
 */

import { API_CLIENT, Authority } from '../../core/authority/authority.ts'
import type { ExtractedCommit } from '../../core/model/blobs.ts'
import { emptyRoom } from '../../core/model/state.ts'
import { randomId } from '../../core/protocol/id.ts'
import type { Limits } from '../../core/protocol/limits.ts'

export interface NewFile {
  readonly path: string
  /** parsed with parseText */
  readonly text: string
}

/** Commits and their JSON, made as they are gone through, once. */
export type FirstCommits = Iterable<{ readonly extracted: ExtractedCommit; readonly body: string }>

/** A room refuses to have such a file. */
export class ImportError extends Error {
  override readonly name = 'ImportError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * The commits to append to an empty journal. Going through them throws ImportError where the room refuses a file: none of them counts then.
 * @param files is empty afterwards: each is let go once it is in a commit
 * @param now Unix ms
 */
export function* importFiles(files: NewFile[], limits: Limits, now: number): FirstCommits {
  const authority = new Authority(
    emptyRoom(),
    { text: noText, commits: () => null, client: () => null, removals: () => null, blob: () => null },
    limits,
  )
  const seal = () => {
    const { commit, blobs } = authority.seal(now)
    const changes = commit.entries.flatMap((entry) => entry.changes)
    const extracted = {
      commit: { ...commit, entries: [{ client: API_CLIENT, n: 0, user: API_CLIENT, changes }] },
      blobs,
    }
    // Nobody looks at the texts again.
    authority.state.files.unload(0, () => true)
    return { extracted, body: JSON.stringify(extracted.commit) }
  }
  // From the end, so that each is let go at once.
  files.reverse()
  for (let index = 0; ; index++) {
    const next = files.pop()
    if (next === undefined) break
    const { path, text } = next
    const outcome = authority.submit(
      // One client a file: a client waits for its ack before it submits again.
      { client: `${API_CLIENT}-${index}`, user: API_CLIENT, name: API_CLIENT, role: 'owner' },
      {
        type: 'submit',
        n: 1,
        base: authority.state.seq,
        changes: [{ type: 'create', file: randomId(crypto), path, text }],
      },
      now,
    )
    if (outcome.type === 'reject') throw new ImportError(outcome.code, `${path}: ${outcome.message}`)
    if (authority.isFull) yield seal()
  }
  if (authority.hasBatch) yield seal()
}

function noText(file: string): never {
  throw new Error(`a new room has no text of file ${file}`)
}
