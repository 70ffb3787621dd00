/**
 * What takes one entry's changes of one file's text back. A layer lies on those of the entries below it: it applies to the local text
 * once all later changes of this client are taken back. What others did above it waits in `over`, and goes down to the next layer when
 * this one is settled: so that a change by somebody else costs the same, however much there is to undo.
 *
 * Invariant: `segments`, the last one first, apply to the text that `over` begins on.
 */
import { compose, composeOps } from '../../text/compose.ts'
import type { OpComponent, TextOp } from '../../text/op.ts'
import { isNoop } from '../../text/op.ts'
import type { Text } from '../../text/text.ts'
import { rebase } from '../../text/transform.ts'

/** The inverse of changes that travelled together; of those that are in the log, whichever way they travelled. */
export interface Segment {
  op: TextOp
  /** The key of what carried them; null for what no refusal can take back. */
  key: number | null
}

/** Whether the room may still refuse the change of a key. */
export type IsPending = (key: number) => boolean

export class Layer {
  /** Oldest change first. */
  segments: Segment[] = []
  /** Of a file that the entry removed: the text to create it with, to which `segments` apply then. */
  text: Text | null = null
  /**
   * What others did since, in order. Each stands for twice as many ops as the next, or more: so that what is composed grows
   * together as a tree, and no op is composed again for each that follows.
   */
  #over: { readonly op: TextOp; readonly weight: number }[] = []

  get isEmpty(): boolean {
    return this.segments.length === 0 && this.text === null
  }

  /** All of it as one op on the local text. Only for a layer that is settled. */
  get op(): TextOp {
    return composeOps(this.segments.map(({ op }) => op).reverse())
  }

  /** UTF-16 units of text that it gives back. */
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

  /** Moves it over what others did. Answers that as it applies below, where what is taken back here is taken back. */
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
   * One change more. Only for a layer that is settled.
   * @param key of what carries it; null when nothing has to
   */
  add(op: TextOp, key: number | null, isPending: IsPending): void {
    const { segments } = this
    const last = segments.at(-1)
    if (last !== undefined && last.key === key) {
      last.op = compose(op, last.op)
      return
    }
    segments.push({ op, key })
    // Submissions are answered in their order: what is answered stands first, and need not be kept apart any more.
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
