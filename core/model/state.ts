/**
 * The state of a room and its only reducer. A room is the fold of its commits: the authority, a waking
 * object, the SDK and everything that reads the history call `applyChange` and `applyCommit` and reach the
 * same state. A file whose text is not loaded goes through the same steps without it.
 */
import { isPolicyChange } from '../protocol/changes.ts'
import type { Change, Commit, Policy } from '../protocol/messages.ts'
import { Text } from '../text/text.ts'
import { type RoomFile, RoomFiles } from './files.ts'
import { applyPolicy, DEFAULT_POLICY } from './policy.ts'

export interface RoomState {
  /** Seq of the last applied commit. */
  seq: number
  readonly files: RoomFiles
  policy: Policy
}

/** A commit cannot follow this state: the log has a gap, or was modified without the authority. */
export class LogError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'LogError'
  }
}

export function emptyRoom(): RoomState {
  return { seq: 0, files: new RoomFiles(), policy: DEFAULT_POLICY }
}

/**
 * Applies one change as part of commit `seq`.
 * @throws LogError if the file does not exist, OpError if the op does not fit the text
 */
export function applyChange(state: RoomState, change: Change, seq: number): void {
  if (isPolicyChange(change)) {
    state.policy = applyPolicy(state.policy, change)
    return
  }
  const { files } = state
  switch (change.type) {
    case 'edit': {
      const file = existing(files, change.file)
      files.set({ ...file, revision: seq, text: file.text === null ? null : file.text.apply(change.op) })
      return
    }
    case 'create':
      files.set({
        file: change.file,
        path: change.path,
        revision: seq,
        created: seq,
        text: Text.from(change.text),
      })
      return
    case 'rename':
      files.set({ ...existing(files, change.file), path: change.path, revision: seq })
      return
    case 'remove':
      files.delete(existing(files, change.file).file)
      return
    case 'chat':
      // Chat is in the log, but not part of the state.
      return
  }
}

/**
 * Applies the commit that follows `state.seq`.
 * @throws LogError if `commit` is a different one
 */
export function applyCommit(state: RoomState, commit: Commit<Change>): void {
  if (commit.seq !== state.seq + 1) throw new LogError(`commit ${commit.seq} cannot follow ${state.seq}`)
  for (const entry of commit.entries) {
    for (const change of entry.changes) applyChange(state, change, commit.seq)
  }
  state.seq = commit.seq
}

function existing(files: RoomFiles, file: string): RoomFile {
  const record = files.get(file)
  if (record === undefined) throw new LogError(`no file ${file}`)
  return record
}
