/**
 * What happened to a file since a base: the sealed commits after it and the open batch, mostly composed into
 * one op. Submissions in one batch mostly share a base, so each composition is cached and grows with the
 * batch; transforming an incoming op over it gives the same op as transforming over each part in turn (O5).
 * An insert is composed in place; other ops are composed in groups, since composing each with all before it
 * would cost more than transforming over a few. Lives as long as one open batch.
 */
import type { Change, Commit } from '../protocol/messages.ts'
import { compose, composeInsert, composeOps } from '../text/compose.ts'
import type { OpComponent, TextOp } from '../text/op.ts'
import type { OlderCommits, RecentCommits } from './recent-commits.ts'

/** Number of ops kept separate until they are composed. */
const MOST_APART = 16

export class RebaseCache {
  readonly #recent: RecentCommits
  /** Ops of the open batch by file, in order. */
  readonly #batch = new Map<string, TextOp[]>()
  /** file → base → everything since, in order: one composition, then the newest ops */
  readonly #since = new Map<string, Map<number, [OpComponent[], ...TextOp[]]>>()
  readonly #past = new Map<number, readonly Commit<Change>[]>()
  readonly #made = new Map<number, ReadonlySet<string>>()

  constructor(recent: RecentCommits) {
    this.#recent = recent
  }

  /**
   * Whether every commit after `base` is available.
   * @param older source of commits that are not in memory
   */
  reaches(base: number, older: OlderCommits): boolean {
    return base === this.#recent.seq || this.#after(base, older) !== null
  }

  /**
   * Everything committed or batched for `file` after `base`, as ops in order. Only for a base that passed
   * `reaches`.
   */
  since(file: string, base: number): readonly TextOp[] {
    const byBase = this.#since.get(file) ?? new Map<number, [OpComponent[], ...TextOp[]]>()
    this.#since.set(file, byBase)
    let ops = byBase.get(base)
    if (ops === undefined) {
      ops = [[...composeOps([...opsOn(file, this.#after(base)), ...(this.#batch.get(file) ?? [])])]]
      byBase.set(base, ops)
    }
    return ops
  }

  /** Files created by sealed commits after `base`. Only for a base that passed `reaches`. */
  madeSince(base: number): ReadonlySet<string> {
    const known = this.#made.get(base)
    if (known !== undefined) return known
    const made = new Set<string>()
    for (const { entries } of this.#after(base) ?? []) {
      for (const { changes } of entries)
        for (const change of changes) if (change.type === 'create') made.add(change.file)
    }
    this.#made.set(base, made)
    return made
  }

  /** Records an op that was just added to the open batch. */
  add(file: string, op: TextOp): void {
    const batch = this.#batch.get(file)
    if (batch === undefined) this.#batch.set(file, [op])
    else batch.push(op)
    for (const ops of this.#since.get(file)?.values() ?? []) {
      if (ops.length === 1 && composeInsert(ops[0], op)) continue
      ops.push(op)
      if (ops.length > MOST_APART) {
        const [composed, ...newest] = ops
        ops.splice(0, ops.length, [...compose(composed, composeOps(newest))])
      }
    }
  }

  #after(base: number, older?: OlderCommits): readonly Commit<Change>[] | null {
    const known = this.#past.get(base)
    if (known !== undefined) return known
    const commits = this.#recent.after(base, older)
    if (commits !== null) this.#past.set(base, commits)
    return commits
  }
}

/** The ops on one file in a list of commits. */
function opsOn(file: string, commits: readonly Commit<Change>[] | null): TextOp[] {
  if (commits === null) throw new Error('the past was used without checking that it is available')
  const ops: TextOp[] = []
  for (const commit of commits) {
    for (const entry of commit.entries) {
      for (const change of entry.changes)
        if (change.type === 'edit' && change.file === file) ops.push(change.op)
    }
  }
  return ops
}
