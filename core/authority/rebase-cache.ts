/**
 * What happened to a file since a base: the sealed commits after it and the open batch, mostly composed into one op.
 * Submissions of one batch mostly share a base, so each composition is kept and grows with the batch; an incoming op
 * is transformed over it, which gives the same op as transforming over each part in turn (O5). An insert finds its place in it; other
 * ops are composed some at a time: composing each with all before it would cost more than transforming over a few. Lives as
 * long as one open batch.
 */
import type { Change, Commit } from '../protocol/messages.ts'
import { compose, composeInsert, composeOps } from '../text/compose.ts'
import type { OpComponent, TextOp } from '../text/op.ts'
import type { OlderCommits, RecentCommits } from './recent-commits.ts'

/** Ops that are kept apart until they are composed with what was before them. */
const MOST_APART = 16

export class RebaseCache {
  readonly #recent: RecentCommits
  /** The ops of the open batch by file, in their order. */
  readonly #batch = new Map<string, TextOp[]>()
  /** file → base → everything since, in order: a composition, and the newest ops */
  readonly #since = new Map<string, Map<number, [OpComponent[], ...TextOp[]]>>()
  readonly #past = new Map<number, readonly Commit<Change>[]>()
  readonly #made = new Map<number, ReadonlySet<string>>()

  constructor(recent: RecentCommits) {
    this.#recent = recent
  }

  /** Whether every commit after `base` is at hand. @param older where those are read that are not in memory */
  reaches(base: number, older: OlderCommits): boolean {
    return base === this.#recent.seq || this.#after(base, older) !== null
  }

  /** Everything committed or batched on `file` after `base`, as ops in order. Only for a base that `reaches` affirmed. */
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

  /** The files that sealed commits after `base` created. Only for a base that `reaches` affirmed. */
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

  /** An op that has just entered the open batch. */
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

/** The ops on one file in a run of commits. */
function opsOn(file: string, commits: readonly Commit<Change>[] | null): TextOp[] {
  if (commits === null) throw new Error('the past was not checked before it was used')
  const ops: TextOp[] = []
  for (const commit of commits) {
    for (const entry of commit.entries) {
      for (const change of entry.changes)
        if (change.type === 'edit' && change.file === file) ops.push(change.op)
    }
  }
  return ops
}
