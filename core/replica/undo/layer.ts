/**
 * Reverts one entry's changes of one file's text. A layer rests on those of older entries: it applies to the
 * local text after all later changes of this client are reverted. Changes by others are collected in `over`,
 * and pass to the next layer when this one is settled, so that a change by somebody else costs the same
 * however much there is to undo.
 *
 * Invariant: `segments`, from last to first, apply to the text on which `over` begins.
 */
import { compose, composeOps } from '../../text/compose.ts'
import type { OpComponent, TextOp } from '../../text/op.ts'
import { isNoop } from '../../text/op.ts'
import type { Text } from '../../text/text.ts'
import { rebase } from '../../text/transform.ts'

/** The inverse of changes with the same key. Changes that are already in the log may share a segment. */
export interface Segment {
  op: TextOp
  /** Key of the changes; null if they can no longer be refused. */
  key: number | null
}

/** Whether the room may still refuse the change with this key. */
export type IsPending = (key: number) => boolean

export class Layer {
  /** Oldest change first. */
  segments: Segment[] = []
  /** For a file that the entry removed: the text to create it with, to which `segments` then apply. */
  text: Text | null = null
  /**
   * Later changes by others, in order. Each element is composed of at least twice as many ops as the next,
   * so that composition proceeds as a tree, and no op is composed again for each one that follows.
   */
  #over: { readonly op: TextOp; readonly weight: number }[] = []

  get isEmpty(): boolean {
    return this.segments.length === 0 && this.text === null
  }

  /** The layer as one op on the local text. Only for a settled layer. */
  get op(): TextOp {
    return composeOps(this.segments.map(({ op }) => op).reverse())
  }

  /** UTF-16 units of text that it restores. */
  get units(): number {
    return this.segments.reduce((units, { op }) => units + unitsOf(op), this.text?.units ?? 0)
  }

  /** Somebody else changed the text. */
  carry(op: TextOp): void {
    if (isNoop(op)) return
    let last = { op, weight: 1 }
    for (let before = this.#over.at(-1); before?.weight === last.weight; before = this.#over.at(-1)) {
      this.#over.pop()
      last = { op: compose(before.op, last.op), weight: before.weight + last.weight }
    }
    this.#over.push(last)
  }

  /**
   * Transforms the layer over the changes of others. Returns those changes as they apply below, after this
   * layer's reversal.
   */
  settle(): TextOp {
    let over = composeOps(this.#over.map(({ op }) => op))
    this.#over = []
    if (isNoop(over)) return over
    if (this.text !== null) this.text = this.text.apply(over)
    for (let i = this.segments.length - 1; i >= 0; i--) {
      const segment = this.segments[i]!
      const turned = rebase(over, segment.op)
      segment.op = turned.pending
      over = turned.committed
    }
    return over
  }

  /**
   * Adds a change. Only for a settled layer.
   * @param key of the item or part that contains it; null if it needs none
   */
  add(op: TextOp, key: number | null, isPending: IsPending): void {
    const { segments } = this
    const last = segments.at(-1)
    if (last !== undefined && last.key === key) {
      last.op = compose(op, last.op)
      return
    }
    segments.push({ op, key })
    // Submissions are answered in order: answered ones come first, and need no segment of their own any
    // more.
    for (let second = segments[1]; second !== undefined && isOut(second, isPending); second = segments[1]) {
      segments.splice(0, 2, { op: compose(second.op, segments[0]?.op ?? []), key: null })
    }
  }
}

function isOut({ key }: Segment, isPending: IsPending): boolean {
  return key === null || !isPending(key)
}

function unitsOf(op: TextOp): number {
  return op.reduce(
    (units: number, part: OpComponent) => units + (typeof part === 'string' ? part.length : 0),
    0,
  )
}
