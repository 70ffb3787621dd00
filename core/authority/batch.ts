/**
 * The open batch: the submissions that the next commit will hold, each as it was applied and as it will be written. Whatever can
 * fail about a submission, its size above all, has failed before it is here, so that making the commit cannot.
 *
 * Invariant: the JSON of the commit has at most ROW_BYTES. A batch is full from COMMIT_BYTES on, or from BESIDE_UNITS beside it; a
 * full one takes nothing more, and a single submission has at most SUBMISSION_BYTES.
 */

import { type ExtractedCommit, extractBlobs, withoutText } from '../model/blobs.ts'
import { entryBytes } from '../model/commit-size.ts'
import { BESIDE_UNITS, COMMIT_BYTES, INLINE_BYTES, SUBMISSION_BYTES } from '../protocol/limits.ts'
import type { Change, Commit, Entry } from '../protocol/messages.ts'

/** Content that stays inline in a crowded entry: as much as its name would take. */
const CROWDED_BYTES = 128

/** A commit that was just made: whole, as the next submissions are transformed over it, and as it is written. */
export interface SealedCommit extends ExtractedCommit {
  readonly whole: Commit<Change>
}

/** A submission that fits. */
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
  /** UTF-16 units of what lies beside the commit. */
  #besideUnits = 0

  /** @param seq the commit that it will be */
  constructor(seq: number) {
    this.#seq = seq
  }

  get isEmpty(): boolean {
    return this.#whole.length === 0
  }

  /** Whether it has to be sealed before anything more is submitted. */
  get isFull(): boolean {
    return this.#bytes >= COMMIT_BYTES || this.#besideUnits >= BESIDE_UNITS
  }

  get entries(): readonly Entry<Change>[] {
    return this.#whole
  }

  /** An entry as it will be written, or null where no commit could hold it. Changes nothing. */
  prepare(submitted: Entry<Change>): Prepared | null {
    if (!submitted.changes.some(({ type }) => type === 'remove')) return this.#prepare(submitted, this.#blobs)
    // Texts of removed files are written and not needed: memory has them as the commit does, by name.
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

  /** Takes what was prepared last. */
  add({ whole, written, blobs, bytes }: Prepared): void {
    this.#whole.push(whole)
    this.#written.push(written)
    for (const content of [...blobs.values()].slice(this.#blobs.size)) this.#besideUnits += content.length
    this.#blobs = blobs
    this.#bytes += bytes
  }

  /** @param at ms since the epoch of Unix */
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
