/**
 * The open batch: the submissions of the next commit, each both as applied and as it will be written.
 * Anything that can fail about a submission, above all its size, has been checked before it is added, so
 * that making the commit cannot fail.
 *
 * Invariant: the JSON of the commit has at most ROW_BYTES. A batch is full at COMMIT_BYTES, or at
 * BLOB_UNITS of blobs; a full batch accepts nothing more, and a single submission has at most
 * SUBMISSION_BYTES.
 */

import { type ExtractedCommit, extractBlobs, withoutText } from '../model/blobs.ts'
import { entryBytes } from '../model/commit-size.ts'
import { BLOB_UNITS, COMMIT_BYTES, INLINE_BYTES, SUBMISSION_BYTES } from '../protocol/limits.ts'
import type { Change, Commit, Entry } from '../protocol/messages.ts'

/** In a crowded entry only content up to this size stays inline: about the size of a reference. */
const CROWDED_BYTES = 128

/** A commit that was just made: whole, for transforming later submissions, and as it is written. */
export interface SealedCommit extends ExtractedCommit {
  readonly whole: Commit<Change>
}

/** A submission that fits into a commit. */
export interface Prepared {
  readonly whole: Entry<Change>
  readonly written: Entry
  readonly blobs: ReadonlyMap<string, string>
  readonly bytes: number
}

export class Batch {
  readonly #seq: number
  readonly #whole: Entry<Change>[] = []
  readonly #written: Entry[] = []
  #blobs: ReadonlyMap<string, string> = NO_BLOBS
  #bytes = 0
  /** UTF-16 units of the blobs beside the commit. */
  #blobUnits = 0

  /** @param seq seq of the commit that this batch becomes */
  constructor(seq: number) {
    this.#seq = seq
  }

  get isEmpty(): boolean {
    return this.#whole.length === 0
  }

  /** Whether the batch must be sealed before the next submission. */
  get isFull(): boolean {
    return this.#bytes >= COMMIT_BYTES || this.#blobUnits >= BLOB_UNITS
  }

  get entries(): readonly Entry<Change>[] {
    return this.#whole
  }

  /** An entry as it will be written, or null if it does not fit any commit. Has no side effects. */
  prepare(submitted: Entry<Change>): Prepared | null {
    if (!submitted.changes.some(({ type }) => type === 'remove')) return this.#prepare(submitted, this.#blobs)
    // Texts of removed files are written but not needed in memory, so even the whole entry only references
    // them.
    const blobs = new Map(this.#blobs)
    const changes = submitted.changes.map((change) => withoutText(change, this.#seq, blobs))
    return this.#prepare({ ...submitted, changes }, blobs)
  }

  #prepare(whole: Entry<Change>, known: ReadonlyMap<string, string>): Prepared | null {
    const all = entryBytes(whole, Number.POSITIVE_INFINITY)
    if (all <= INLINE_BYTES) return { whole, written: whole, blobs: known, bytes: all }
    const roomy = entryBytes(whole, INLINE_BYTES)
    const inlineBytes = roomy <= COMMIT_BYTES ? INLINE_BYTES : CROWDED_BYTES
    const bytes = inlineBytes === INLINE_BYTES ? roomy : entryBytes(whole, inlineBytes)
    if (bytes > SUBMISSION_BYTES) return null
    const blobs = new Map(known)
    return { whole, written: extractBlobs(whole, inlineBytes, this.#seq, blobs), blobs, bytes }
  }

  /** Adds the entry that was prepared last. */
  add({ whole, written, blobs, bytes }: Prepared): void {
    this.#whole.push(whole)
    this.#written.push(written)
    for (const content of [...blobs.values()].slice(this.#blobs.size)) this.#blobUnits += content.length
    this.#blobs = blobs
    this.#bytes += bytes
  }

  /** @param at Unix ms */
  commit(at: number, sums: Readonly<Record<string, number>>): SealedCommit {
    const head = { type: 'commit', seq: this.#seq, at } as const
    return {
      whole: { ...head, entries: this.#whole, sums },
      commit: { ...head, entries: this.#written, sums },
      blobs: this.#blobs,
    }
  }
}

const NO_BLOBS: ReadonlyMap<string, string> = new Map()
