/**
 * How removed files are restored. The removal in the log has the file's path, and its text or a reference to
 * the blob that contains it; a client requests it by the seq of that commit: `revive {file, seq}`. The room
 * commits the file's creation under its old id, so that applying the log needs no special case.
 *
 * The client could submit that creation itself, referencing the blob, but does not. It would have to keep
 * the path and text, or the blob, of a removal that it may only have heard of; the room would have to
 * distinguish the blob of a removed file from that of any other text or op; and an undo made offline would
 * be refused if the path was taken meanwhile. A file and a seq fit in any list, and survive every reload.
 */

import type { RoomFile } from '../model/files.ts'
import type { Limits } from '../protocol/limits.ts'
import type { BlobRef, Commit, RemoveChange, Submit } from '../protocol/messages.ts'
import { checksumOf } from '../text/checksum.ts'
import type { Text } from '../text/text.ts'
import { Refusal } from './refusal.ts'

/**
 * What a commit removed, by file id; the last removal if a file was removed more than once, null if the
 * commit does not have its content.
 */
export type Removals = ReadonlyMap<string, Removal | null>

/** A file as it was when removed. */
export interface Removal {
  readonly path: string
  readonly was: string | BlobRef
}

/** What the journal knows about present and removed files of a room. */
export interface PastOfFiles {
  /** The text of a file according to the log up to the room's sealed seq. */
  text(file: string): Text
  /** What commit `seq` removed; null if that is unavailable. */
  removals(seq: number): Removals | null
  /** Content stored beside a commit; null if it is unavailable. */
  blob(blob: string): string | null
}

/**
 * What one submission removes and restores. A file is small in the submission, but its whole text is in the
 * commit.
 */
export class Revivals {
  readonly #past: PastOfFiles
  readonly #mostUnits: number
  #units = 0
  readonly #removals = new Map<number, Removals | null>()

  constructor(past: PastOfFiles, { frameUnits }: Limits) {
    this.#past = past
    this.#mostUnits = frameUnits
  }

  /** A file's removal as it is committed. @throws Refusal `too_many_changes` */
  removal({ file, path, text }: RoomFile): RemoveChange {
    const was = (text ?? this.#past.text(file)).toString()
    this.#weigh(was)
    return { type: 'remove', file, path, was }
  }

  /**
   * What commit `seq` removed under this id.
   * @throws Refusal `no_such_removal`, `past_gone`, `too_many_changes`
   */
  removed(file: string, seq: number): { readonly path: string; readonly text: string } {
    const removals = this.#removalsOf(seq)
    const removal = removals?.get(file)
    if (removals !== null && removal === undefined)
      throw new Refusal('no_such_removal', `Commit ${seq} did not remove a file with this id.`)
    const text = removal == null ? null : this.#textOf(removal)
    if (removal == null || text === null)
      throw new Refusal(
        'past_gone',
        'The content of the file is no longer stored, or cannot be read at the moment.',
      )
    this.#weigh(text)
    return { path: removal.path, text }
  }

  /** A commit may have removed many files: it is read once for all that are restored. */
  #removalsOf(seq: number): Removals | null {
    const known = this.#removals.get(seq)
    if (known !== undefined) return known
    const removals = this.#past.removals(seq)
    this.#removals.set(seq, removals)
    return removals
  }

  #textOf({ was }: Removal): string | null {
    if (typeof was === 'string') return was
    const text = this.#past.blob(was.blob)
    return text !== null && checksumOf(text) === was.sum ? text : null
  }

  #weigh(text: string): void {
    this.#units += text.length
    if (this.#units <= this.#mostUnits) return
    const most = `The files that one submission removes or restores may have at most ${this.#mostUnits} characters together.`
    throw new Refusal('too_many_changes', `${most} Split it into several submissions.`)
  }
}

/** What a commit of the log removed. */
export function removalsIn({ entries }: Commit): Removals {
  const removals = new Map<string, Removal | null>()
  for (const { changes } of entries) {
    for (const change of changes) {
      if (change.type !== 'remove') continue
      const { file, path, was } = change
      removals.set(file, path === undefined || was === undefined ? null : { path, was })
    }
  }
  return removals
}

/** The commits whose removals a submission reverts. */
export function revivedCommits({ changes }: Submit): ReadonlySet<number> {
  const commits = new Set<number>()
  for (const change of changes) if (change.type === 'revive') commits.add(change.seq)
  return commits
}
