/**
 * What happened to a file since a base: the sealed commits after it and the open batch, composed into one op.
 * Submissions of one batch mostly share a base, so each composition is kept and grows with the batch; an incoming op
 * is transformed once, over the composition, which gives the same op as transforming over each part in turn.
 * Lives as long as one open batch.
 */
import type { Change, Commit } from '../protocol/messages.ts'
import type { TextOp } from '../text/op.ts'
import { compose, composeOps } from '../text/transform.ts'
import type { Backlog } from './backlog.ts'

export class Concurrent {
  readonly #backlog: Backlog
  /** The ops of the open batch by file, in their order. */
  readonly #batch = new Map<string, TextOp[]>()
  /** file → base → everything since */
  readonly #composed = new Map<string, Map<number, TextOp>>()
  readonly #past = new Map<number, readonly Commit<Change>[]>()

  constructor(backlog: Backlog) {
    this.#backlog = backlog
  }

  /** Whether every commit after `base` is at hand. */
  reaches(base: number): boolean {
    return base === this.#backlog.seq || this.#after(base) !== null
  }

  /** Everything committed or batched on `file` after `base`, as one op. Only for a base that `reaches` affirmed. */
  since(file: string, base: number): TextOp {
    const byBase = this.#composed.get(file) ?? new Map<number, TextOp>()
    this.#composed.set(file, byBase)
    let composed = byBase.get(base)
    if (composed === undefined) {
      composed = composeOps([...opsOn(file, this.#after(base)), ...(this.#batch.get(file) ?? [])])
      byBase.set(base, composed)
    }
    return composed
  }

  /** An op that has just entered the open batch. */
  add(file: string, op: TextOp): void {
    const ops = this.#batch.get(file)
    if (ops === undefined) this.#batch.set(file, [op])
    else ops.push(op)
    const byBase = this.#composed.get(file)
    if (byBase === undefined) return
    for (const [base, composed] of byBase) byBase.set(base, compose(composed, op))
  }

  #after(base: number): readonly Commit<Change>[] | null {
    const known = this.#past.get(base)
    if (known !== undefined) return known
    const commits = this.#backlog.after(base)
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
