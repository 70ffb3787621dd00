/**
 * The recent end of the log, held in memory, and the way to what lies before it. Its answers are whole or none:
 * `after(seq)` gives every commit after `seq` without a gap, or null where the past is gone. Nobody may transform
 * over fewer.
 */
import type { Change, Commit } from '../protocol/messages.ts'
import { unitsOf } from './blobs.ts'

/** Where older commits are found: the journal. Null when any of them is gone. */
export type OlderCommits = (after: number, upTo: number) => readonly Commit<Change>[] | null

const KEEP_COMMITS = 1024
const KEEP_UNITS = 4 * 1024 * 1024

export class Backlog {
  readonly #older: OlderCommits
  #commits: Commit<Change>[] = []
  #units: number[] = []
  #total = 0
  /** The commits kept are those after this seq. */
  #from: number

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
    return this.#from
  }

  push(commit: Commit<Change>): void {
    if (commit.seq !== this.seq + 1) throw new Error(`commit ${commit.seq} cannot follow ${this.seq}`)
    let units = 0
    for (const entry of commit.entries) for (const change of entry.changes) units += unitsOf(change)
    this.#commits.push(commit)
    this.#units.push(units)
    this.#total += units
    if (this.#commits.length > 2 * KEEP_COMMITS || this.#total > 2 * KEEP_UNITS) this.#trim()
  }

  /** All commits after `seq`, oldest first, or null where some of them are gone. */
  after(seq: number): readonly Commit<Change>[] | null {
    if (seq >= this.#from) return this.#commits.slice(seq - this.#from)
    const older = this.#older(seq, this.#from)
    if (older === null || older.length !== this.#from - seq || older[0]?.seq !== seq + 1) return null
    return [...older, ...this.#commits]
  }

  /** Down to half of what is allowed, so that trimming is rare and costs little per commit. */
  #trim(): void {
    let drop = 0
    let left = this.#total
    while (this.#commits.length - drop > KEEP_COMMITS || left > KEEP_UNITS) left -= this.#units[drop++] ?? 0
    this.#commits = this.#commits.slice(drop)
    this.#units = this.#units.slice(drop)
    this.#total = left
    this.#from += drop
  }
}
