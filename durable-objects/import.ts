/**
 * The first files of a new room as commits: the same creations that a client would submit, judged by the same authority,
 * cut so that no commit outgrows a row. All of them or none.
 */
import { randomId } from '../core/protocol/id.ts'
import type { Limits } from '../core/protocol/limits.ts'
import { API_CLIENT, Authority } from '../core/room/authority.ts'
import type { ExtractedCommit } from '../core/room/blobs.ts'
import { emptyRoom } from '../core/room/state.ts'

export interface NewFile {
  readonly path: string
  /** parsed with parseText */
  readonly text: string
}

/** Commits and their JSON. */
export type FirstCommits = readonly { readonly extracted: ExtractedCommit; readonly body: string }[]

export type Import =
  | { readonly ok: true; readonly log: FirstCommits }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** @param now ms since the epoch of Unix @returns the commits to append to an empty journal, or why the room refuses these files */
export function importFiles(files: readonly NewFile[], limits: Limits, now: number): Import {
  const authority = new Authority(
    emptyRoom(),
    { text: noText, commits: () => null, client: () => null, removals: () => null, blob: () => null },
    limits,
  )
  const log: FirstCommits[number][] = []
  const seal = () => {
    const { commit, blobs } = authority.seal(now)
    const changes = commit.entries.flatMap((entry) => entry.changes)
    const extracted = {
      commit: { ...commit, entries: [{ client: API_CLIENT, n: 0, user: API_CLIENT, changes }] },
      blobs,
    }
    log.push({ extracted, body: JSON.stringify(extracted.commit) })
  }
  for (const [index, { path, text }] of files.entries()) {
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
    if (outcome.type === 'reject')
      return { ok: false, code: outcome.code, message: `${path}: ${outcome.message}` }
    if (authority.isFull) seal()
  }
  if (authority.hasBatch) seal()
  return { ok: true, log }
}

function noText(file: string): never {
  throw new Error(`a new room has no text of file ${file}`)
}
