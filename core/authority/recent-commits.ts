/**
 * The recent end of the log, kept in memory, with access to older commits. Answers are complete or null:
 * `after(seq)` returns every commit after `seq` without a gap, or null if some are gone. Nothing may be
 * transformed over fewer.
 *
 * Older commits are read at most once for all messages that refer to them, and cached until the next trim: a
 * message that names an old seq must not cost a read of the log. Commits outside that window count as gone
 * here.
 */

import { unitsOf } from '../model/blobs.ts'
import type { Change, Commit } from '../protocol/messages.ts'

/**
 * Source of older commits: the journal. Null if any of them is gone, or if there are too many to read at
 * once.
 */
export interface OlderCommits {
  commits(after: number, upTo: number): readonly Commit<Change>[] | null
}

const KEEP_COMMITS = 1024
const KEEP_UNITS = 4 * 1024 * 1024

/** Commits before those in memory, and their units, that are read for a submission. */
const OLD_COMMITS = 10_000
const OLD_UNITS = KEEP_UNITS
/**
 * Distance behind the room up to which commits are read for any other purpose: about what memory holds
 * anyway after a while.
 */
const RECENT_COMMITS = KEEP_COMMITS

export class RecentCommits {
  readonly #older: OlderCommits
  #commits: Commit<Change>[] = []
  #units: number[] = []
  #total = 0
  /** The commits in memory are those after this seq. */
  #from: number
  /** Older commits that were read on demand; they end where those in memory begin. */
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
   * All commits after `seq`, oldest first, or null if some are gone. Reads the log for commits that are not
   * too old.
   * @param older where to read them, if not from the default source
   */
  after(seq: number, older = this.#older): readonly Commit<Change>[] | null {
    return this.#from - seq > OLD_COMMITS ? null : this.#allAfter(seq, older)
  }

  /**
   * Like `after`, but not worth a long read: null if `seq` is further behind the room than memory usually
   * reaches.
   */
  recent(seq: number): readonly Commit<Change>[] | null {
    return seq < this.from && this.seq - seq > RECENT_COMMITS ? null : this.#allAfter(seq, this.#older)
  }

  #allAfter(seq: number, older: OlderCommits): readonly Commit<Change>[] | null {
    if (seq >= this.#from) return this.#commits.slice(seq - this.#from)
    return this.#read(seq, older) ? [...this.#old.slice(seq - this.from), ...this.#commits] : null
  }

  /**
   * Reads the commits after `seq` that were not read before. False if they are unavailable or too large
   * together.
   */
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

  /** Trims to half of the limit, so that trimming is rare and costs little per commit. */
  #trim(): void {
    // These commits ended where memory began, and that seq is about to change.
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
