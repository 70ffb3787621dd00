/**
 * Restores a replica that continues where an earlier life of its client left off: from saved data to pending
 * work that waits for a welcome. It knows no storage, and never treats saved work as answered.
 */
import { Text } from '../text/text.ts'
import type { Copy, SavedCopy } from './copy.ts'
import type { Pending, SavedItem } from './pending.ts'
import { Replica } from './replica.ts'
import { ReplicaState } from './replica-state.ts'
import type { SavedReplica } from './saved.ts'

/**
 * More submissions than anybody makes between two saves, so that no life of a client reuses a number of the
 * one before.
 */
const NUMBERS_PER_LIFE = 2 ** 24

/** @throws OpError if the parts of `saved` do not fit each other */
export function restored(client: string, saved: SavedReplica): Replica {
  const state = new ReplicaState(client)
  state.user = saved.user
  state.limits = saved.limits ?? null
  putFiles(state.copy, saved)
  putItems(state.pending, saved.items, saved.lastN)
  state.history.restoreTurns(saved.turns ?? [])
  for (const change of state.pending.changes()) {
    if (change.type === 'create') state.copy.setLocal(change.file, Text.from(change.text))
    else if (change.type === 'edit') {
      // A file with typing was open: also one created here, for which no committed text is saved.
      state.copy.open(change.file)
      state.copy.applyLocal(change.file, change.op)
    }
  }
  const replica = new Replica(client, state, saved.at ?? null)
  replica.epoch = saved.epoch
  return replica
}

/**
 * Reopens the texts that were open. Local texts equal the committed ones until the pending items are
 * applied.
 */
function putFiles(copy: Copy, { seq, files, texts, stale }: SavedCopy): void {
  copy.seq = seq
  for (const { file, path, revision } of files) {
    const text = texts.get(file) ?? null
    copy.files.set({ file, path, revision, created: 0, text })
    if (text === null) continue
    copy.open(file)
    copy.setLocal(file, text)
    if (stale.includes(file)) copy.distrust(file, true)
  }
}

/** Each item may have been sent, and later ones may have used numbers that are not known here. */
function putItems(pending: Pending, items: readonly SavedItem[], lastN: number): void {
  for (const item of items) pending.restore(item)
  pending.lastN = (Math.floor(lastN / NUMBERS_PER_LIFE) + 1) * NUMBERS_PER_LIFE
}
