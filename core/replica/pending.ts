/**
 * What was done here and is not committed yet, oldest first. The first item may be in flight; the rest waits and
 * composes. Invariant: applied in order to the committed texts, the items give the local texts.
 *
 * What may be refused travels alone: typing in one file composes into one item of its own, a creation, renaming or
 * removal is an item, and what the application put into one transaction stays one item.
 */
import { fileOf } from '../protocol/changes.ts'
import type { Change, CommittedChange, CreateChange, EditChange } from '../protocol/messages.ts'
import { compose, composeOps } from '../text/compose.ts'
import { invert } from '../text/invert.ts'
import { isNoop, type TextOp } from '../text/op.ts'
import { Text } from '../text/text.ts'
import { rebase, transformPoint, untransformPoint } from '../text/transform.ts'

export interface Item {
  /** Its number at the room, the same for each resend. Numbers of items that came to nothing are not used again. */
  readonly n: number
  /** Whether it is one file's typing, into which more may be composed. */
  readonly typing: boolean
  /** It may have been sent: nothing may be composed into it any more. */
  sent: boolean
  /** It comes from a saved copy: what was sent under its number may have grown since that was saved. */
  restored: boolean
  changes: Change[]
}

/** As much of an item as outlives the page. */
export type SavedItem = Pick<Item, 'n' | 'typing' | 'changes'>

export class Pending {
  /** The last number that was given to an item here, or known to have been. */
  lastN = 0
  #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  get first(): Item | undefined {
    return this.#items[0]
  }

  /** Every change that waits, in order. */
  *changes(): IterableIterator<Change> {
    for (const item of this.#items) yield* item.changes
  }

  find(n: number): Item | undefined {
    return this.#items.find((item) => item.n === n)
  }

  /** Whether a file that is gone, or will be, is created here once more. */
  creates(file: string): boolean {
    return this.#items.some(({ changes }) => changes.some((change) => isCreationOf(change, file)))
  }

  touching(file: string): Item[] {
    return this.#items.filter((item) => touches(item, file))
  }

  /** An item of its own. Changes may still be added to it with `extend` as long as it is the last. */
  push(changes: readonly Change[], typing = false): Item {
    const item: Item = { n: ++this.lastN, typing, sent: false, restored: false, changes: [...changes] }
    this.#items.push(item)
    return item
  }

  /** What may be saved of each item, in order. */
  saved(open: Item | null): SavedItem[] {
    const items = this.#items.filter((item) => item !== open)
    return items.map(({ n, typing, changes }) => ({ n, typing, changes: [...changes] }))
  }

  /** Adds a change to a transaction; edits of one file compose. */
  extend(item: Item, change: Change): void {
    const at = change.type === 'edit' ? item.changes.findIndex((other) => isEditOf(other, change.file)) : -1
    const known = item.changes[at]
    if (change.type === 'edit' && known?.type === 'edit') {
      item.changes[at] = { ...known, op: compose(known.op, change.op) }
    } else {
      item.changes.push(change)
    }
  }

  /**
   * Typing: composed into the last waiting typing in this file, when nothing that touches the file came after.
   * @returns what carries it now; null when nothing has to, since all that waited came to nothing
   */
  type(file: string, op: TextOp): Item | null {
    for (let i = this.#items.length - 1; i >= 0; i--) {
      const item = this.#items[i]
      if (item === undefined || item.sent) break
      if (!touches(item, file)) continue
      if (!item.typing) break
      this.extend(item, { type: 'edit', file, op })
      if (item.changes.some((change) => change.type !== 'edit' || !isNoop(change.op))) return item
      this.#items.splice(i, 1)
      return null
    }
    return this.push([{ type: 'edit', file, op }], true)
  }

  /** Takes the first item out: it is committed. */
  shift(): Item | undefined {
    return this.#items.shift()
  }

  /** Moves everything that waits over a committed op; answers the op as it applies to the local text. */
  rebase(file: string, committed: TextOp): TextOp {
    return this.#rebaseFrom(0, file, committed)
  }

  /**
   * Takes an item out that will never be committed, and what it did out of those after it. Answers per file the op
   * that takes it out of the local text. `before` answers the text that the first item was made on.
   */
  drop(item: Item, before: (file: string) => Text | null): Map<string, TextOp> {
    const at = this.#items.indexOf(item)
    const undone = new Map<string, TextOp>()
    if (at === -1) return undone
    const edits = item.changes.filter((change): change is EditChange => change.type === 'edit')
    const inverses = edits.map(({ file, op }): readonly [string, TextOp | null] => {
      const text = this.#textBefore(at, file, before)
      return [file, text === null ? null : invert(op, text)]
    })
    this.#items.splice(at, 1)
    for (const [file, inverse] of inverses) {
      if (inverse !== null) undone.set(file, this.#rebaseFrom(at, file, inverse))
    }
    return undone
  }

  /** Takes out all typing in a file that is gone, and answers it. */
  forget(file: string): Item[] {
    const isTyping = (item: Item) => item.typing && touches(item, file)
    const forgotten = this.#items.filter(isTyping)
    this.#items = this.#items.filter((item) => !isTyping(item))
    return forgotten
  }

  /** All that waits for one file's text, as one op on its committed text. */
  composed(file: string): TextOp {
    return composeOps([...this.changes()].flatMap((change) => (isEditOf(change, file) ? [change.op] : [])))
  }

  /** Puts one op, as typing of its own, in place of all that waits for a file's text. @param committed the text that it applies to */
  replace(file: string, op: TextOp, committed: Text): void {
    for (const item of this.#items) {
      item.changes = item.changes
        .filter((change) => !isEditOf(change, file))
        .map((change) => (isCreationOf(change, file) ? { ...change, text: committed.toString() } : change))
    }
    this.#items = this.#items.filter(({ changes }) => changes.length > 0)
    if (!isNoop(op)) this.push([{ type: 'edit', file, op }], true)
  }

  /** Where a point of the committed text lies in the local text. */
  toLocal(file: string, point: number): number {
    let local = point
    for (const change of this.changes()) {
      if (isEditOf(change, file)) local = transformPoint(local, change.op, 'left')
    }
    return local
  }

  /** Where a point of the local text lies in the committed text: at the place of an insert, when it is inside one. */
  toCommitted(file: string, point: number): number {
    let committed = point
    for (const change of [...this.changes()].reverse()) {
      if (isEditOf(change, file)) committed = untransformPoint(committed, change.op)
    }
    return committed
  }

  #rebaseFrom(start: number, file: string, op: TextOp): TextOp {
    let over = op
    for (const item of this.#items.slice(start)) {
      if (!touches(item, file)) continue
      item.changes = item.changes.map((change) => {
        // Removed here and created once more, with what it was: what others did to it meanwhile is in that.
        if (isCreationOf(change, file))
          return { ...change, text: Text.from(change.text).apply(over).toString() }
        if (!isEditOf(change, file)) return change
        const turned = rebase(over, change.op)
        over = turned.committed
        return { ...change, op: turned.pending }
      })
    }
    return over
  }

  #textBefore(at: number, file: string, before: (file: string) => Text | null): Text | null {
    let text = before(file)
    for (const item of this.#items.slice(0, at)) {
      for (const change of item.changes) {
        if (isEditOf(change, file)) text = text?.apply(change.op) ?? null
        else if (change.type === 'create' && change.file === file) text = Text.from(change.text)
      }
    }
    return text
  }
}

function touches(item: Item, file: string): boolean {
  return item.changes.some((change) => fileOf(change) === file)
}

function isCreationOf(change: Change, file: string): change is CreateChange {
  return change.type === 'create' && change.file === file
}

function isEditOf(change: Change, file: string): change is EditChange {
  return change.type === 'edit' && change.file === file
}

/** Whether what was committed under a saved item's number is not what was saved: more was typed, and sent, after that. */
export function hasGrown(item: Item, committed: readonly CommittedChange[]): boolean {
  if (!item.restored || !item.typing) return false
  return JSON.stringify(opsOf(item.changes)) !== JSON.stringify(opsOf(committed))
}

/** The ops of edits, without those that came to nothing: the room leaves them out. */
function opsOf(changes: readonly CommittedChange[]): unknown[] {
  return changes.flatMap((change) =>
    change.type === 'edit' && JSON.stringify(change.op) !== '[]' ? [change.op] : [],
  )
}
