/**
 * The recent end of the log, held in memory, and the way to what lies before it. Its answers are whole or none:
 * `after(seq)` gives every commit after `seq` without a gap, or null where the past is gone. Nobody may transform
 * over fewer.
 *
 * What lies before it is read at most once for all who name it, and kept while anybody does: a message that names an old seq must not
 * cost a reading of the log. What is older than that window is gone for whoever asks here.
 */

import { unitsOf } from '../model/blobs.ts'
import type { Change, Commit } from '../protocol/messages.ts'

/** Where older commits are found: the journal. Null when any of them is gone, or they are more than can be read at once. */
export interface OlderCommits {
  commits(after: number, upTo: number): readonly Commit<Change>[] | null
}

const KEEP_COMMITS = 1024
const KEEP_UNITS = 4 * 1024 * 1024

/** Commits before those in memory, and their units, that are read for a submission. */
const OLD_COMMITS = 10_000
const OLD_UNITS = KEEP_UNITS
/** Commits behind the room that are read for anything else: as many as it keeps in memory anyway once it has been awake for a while. */
const RECENT_COMMITS = KEEP_COMMITS

export class RecentCommits {
  readonly #older: OlderCommits
  #commits: Commit<Change>[] = []
  #units: number[] = []
  #total = 0
  /** The commits kept are those after this seq. */
  #from: number
  /** Commits that were read because somebody named them; they end where the others begin. */
  #old: readonly Commit<Change>[] = []
  #oldUnits = 0

  /** @param seq the room's seq before the first commit pushed here */
  constructor(seq: number, older: OlderCommits) {
    this.#from = seq
    this.#older = older
  }

  get seq(): number {
    return this.#from + this.#commits.length
  }

  /** The commits after this seq are in memory. */
  get from(): number {
    return this.#from - this.#old.length
  }

  push(commit: Commit<Change>): void {
    if (commit.seq !== this.seq + 1) throw new Error(`commit ${commit.seq} cannot follow ${this.seq}`)
    const units = unitsIn(commit)
    this.#commits.push(commit)
    this.#units.push(units)
    this.#total += units
    if (this.#commits.length > 2 * KEEP_COMMITS || this.#total > 2 * KEEP_UNITS) this.#trim()
  }

  /**
   * All commits after `seq`, oldest first, or null where some of them are gone. Reads the log for those that are not too old.
   * @param older where they are read, if not where all are
   */
  after(seq: number, older = this.#older): readonly Commit<Change>[] | null {
    return this.#from - seq > OLD_COMMITS ? null : this.#allAfter(seq, older)
  }

  /** As `after`, for what is not worth a long reading: null where `seq` is further behind the room than memory mostly reaches. */
  recent(seq: number): readonly Commit<Change>[] | null {
    return seq < this.from && this.seq - seq > RECENT_COMMITS ? null : this.#allAfter(seq, this.#older)
  }

  #allAfter(seq: number, older: OlderCommits): readonly Commit<Change>[] | null {
    if (seq >= this.#from) return this.#commits.slice(seq - this.#from)
    return this.#read(seq, older) ? [...this.#old.slice(seq - this.from), ...this.#commits] : null
  }

  /** Reads the commits after `seq` that were not read before. Answers false where they cannot be had, or are too much together. */
  #read(seq: number, older: OlderCommits): boolean {
    const { from } = this
    if (seq >= from) return true
    const read = older.commits(seq, from)
    if (read === null || read.length !== from - seq || read[0]?.seq !== seq + 1) return false
    const units = read.reduce((sum, commit) => sum + unitsIn(commit), this.#oldUnits)
    if (units > OLD_UNITS) return false
    this.#old = [...read, ...this.#old]
    this.#oldUnits = units
    return true
  }

  /** Down to half of what is allowed, so that trimming is rare and costs little per commit. */
  #trim(): void {
    // What was read ends where memory begins, which is about to be elsewhere.
    this.#old = []
    this.#oldUnits = 0
    let drop = 0
    let left = this.#total
    while (this.#commits.length - drop > KEEP_COMMITS || left > KEEP_UNITS) left -= this.#units[drop++] ?? 0
    this.#commits = this.#commits.slice(drop)
    this.#units = this.#units.slice(drop)
    this.#total = left
    this.#from += drop
  }
}

function unitsIn({ entries }: Commit<Change>): number {
  let units = 0
  for (const { changes } of entries) for (const change of changes) units += unitsOf(change)
  return units
}
