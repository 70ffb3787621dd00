/**
 * What was done here and is not committed yet, oldest first. The first item may be in flight; the rest waits and
 * composes. Invariant: applied in order to the committed texts, the items give the local texts.
 *
 * What may be refused travels alone: typing in one file composes into one item of its own, a creation, renaming or
 * removal is an item, and what the application put into one transaction stays one item.
 */
import { fileOf } from '../protocol/changes.ts'
import type { CommittedChange, CreateChange, EditChange, RemoveChange } from '../protocol/messages.ts'
import { compose, composeOps } from '../text/compose.ts'
import { diff } from '../text/diff.ts'
import { isNoop, type TextOp } from '../text/op.ts'
import { Text } from '../text/text.ts'
import { rebase, transformPoint, untransformPoint } from '../text/transform.ts'
import { type Creation, type Draft, isCreationOf, revivedFrom, withoutBack } from './revival.ts'
import { isLargeEdit, type Part, partsOf } from './withdrawal/parts.ts'

export interface Item {
  /**
   * Its number at the room, the same for each resend. Numbers of items that came to nothing are not used again. It changes
   * only when the room has refused a part of the item, or of one before it, so that the rest goes under new numbers.
   */
  n: number
  /** Names the item here, and never changes. */
  readonly key: number
  /** Whether it is one file's typing, into which more may be composed. */
  readonly typing: boolean
  /** Of typing, what its one edit is composed of, oldest first; empty while that is a single part, under the item's key. */
  parts: Part[]
  /** Whether the first part is a large edit. */
  readonly beginsLarge: boolean
  /** It may have been sent: nothing may be composed into it any more. */
  sent: boolean
  /**
   * It is in the log, and sent again so that the room says in which commit: removals, which are done here already, and nothing else.
   */
  isCommitted: boolean
  /** It comes from a saved copy: what was sent under its number may have grown since that was saved. */
  restored: boolean
  changes: Draft[]
}

/** As much of an item as outlives the page. */
export interface SavedItem extends Pick<Item, 'n' | 'typing' | 'changes'> {
  /** The ops of its parts, oldest first, where it has several. */
  readonly parts?: readonly TextOp[]
  /** Its key, and those of its parts: what else is saved names it by these. Left out in what older code saved. */
  readonly key?: number
  readonly partKeys?: readonly number[]
}

/** Parts of one item: what comes after those goes with the last. */
const MOST_PARTS = 64

export class Pending {
  /** The last number that was given to an item here, or known to have been. */
  lastN = 0
  #lastKey = 0
  #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  get first(): Item | undefined {
    return this.#items[0]
  }

  /** Every change that waits, in order. */
  *changes(): IterableIterator<Draft> {
    for (const item of this.#items) if (!item.isCommitted) yield* item.changes
  }

  /** What carries the change of this key. */
  holder(key: number): Item | undefined {
    return this.#items.find(
      (item) => item.key === key || (item.parts.length > 0 && item.parts.some((part) => part.key === key)),
    )
  }

  isWaiting(item: Item): boolean {
    return this.#items.includes(item)
  }

  /** What makes a file that is gone, or will be, once more, or brings it back. */
  creationOf(file: string): Creation | undefined {
    for (const change of this.changes()) if (isCreationOf(change, file)) return change
    return undefined
  }

  /** What waits to make a file, or to bring it back, and is not followed by its removal. */
  comingOf(file: string): Creation | null {
    let coming: Creation | null = null
    for (const change of this.changes()) {
      if (isCreationOf(change, file)) coming = change
      else if (change.type === 'remove' && change.file === file) coming = null
    }
    return coming
  }

  /**
   * The first item that is no typing and does something to a file that is not there by then.
   * @param isThere whether the room has the file
   */
  firstMoot(file: string, isThere: boolean): Item | undefined {
    let isHere = isThere
    for (const item of this.touching(file)) {
      for (const change of item.changes) {
        if (isCreationOf(change, file)) isHere = true
        else if (fileOf(change) !== file) continue
        else if (!isHere && !item.typing) return item
        else if (change.type === 'remove') isHere = false
      }
    }
    return undefined
  }

  /** Whether a file waits to be brought back: what its text is then, the room says. */
  isComingBack(file: string): boolean {
    return this.comingOf(file)?.type === 'revive'
  }

  /** The keys of the removal that a file waits for, and of what that reverses; none where the file waits for no removal, or comes back. */
  removalOf(file: string): readonly number[] {
    let keys: readonly number[] = []
    for (const { key, changes, isCommitted } of this.#items) {
      if (isCommitted) continue
      for (const change of changes) {
        if (isCreationOf(change, file)) keys = []
        else if (change.type === 'remove' && change.file === file) keys = [key, ...(change.back ?? [])]
      }
    }
    return keys
  }

  /** The first of what makes a file with a text that is known here: what waits behind it applies to that text. */
  createOf(file: string): CreateChange | undefined {
    for (const change of this.changes()) if (isCreateOf(change, file)) return change
    return undefined
  }

  /**
   * The first item is in the log, nobody knows in which commit: its removals are sent again, so that the room says so. What creates
   * their files once more has a text that others may have changed before they were gone: it has the room bring them back.
   */
  await(item: Item): void {
    item.changes = item.changes.filter(({ type }) => type === 'remove')
    item.isCommitted = true
    for (const { file } of removalsOf(item))
      this.#recreate(file, (creation) =>
        creation.type === 'create' ? { ...creation, revives: 0 } : creation,
      )
  }

  /** Commit `seq` has removed the file: what waits to bring it back can name that. */
  removedIn(file: string, seq: number): void {
    this.#recreate(file, (creation) => {
      if (revivedFrom(creation) !== 0) return creation
      return creation.type === 'create' ? { ...creation, revives: seq } : { ...creation, seq }
    })
  }

  /** Puts another in the place of what makes the file next. */
  #recreate(file: string, make: (creation: Creation) => Creation): void {
    for (const item of this.#items) {
      const creation = item.changes.find((change) => isCreationOf(change, file))
      if (creation === undefined) continue
      item.changes = item.changes.map((change) => (isCreationOf(change, file) ? make(change) : change))
      return
    }
  }

  /** What may have been sent, the newest first. */
  get maybeSent(): Item[] {
    return this.#items.filter(({ sent }) => sent).reverse()
  }

  touching(file: string): Item[] {
    return this.#items.filter((item) => !item.isCommitted && touches(item, file))
  }

  /** An item of its own. Changes may still be added to it with `extend` as long as it is the last. */
  push(changes: readonly Draft[], typing = false, key = ++this.#lastKey): Item {
    const [first] = changes
    const item: Item = {
      n: ++this.lastN,
      key,
      typing,
      parts: [],
      beginsLarge: typing && first?.type === 'edit' && isLargeEdit(first.op),
      sent: false,
      isCommitted: false,
      restored: false,
      changes: [...changes],
    }
    this.#items.push(item)
    return item
  }

  /** What waited before the page was loaded, with the parts that it is known to have. */
  restore({ n, typing, changes, parts, key, partKeys = [] }: SavedItem): void {
    this.lastN = n - 1
    this.#lastKey = Math.max(this.#lastKey, key ?? 0, ...partKeys)
    const item = this.push(key === undefined ? changes.map(withoutBack) : changes, typing, key)
    const [edit] = changes
    const ops = parts ?? (typing && edit?.type === 'edit' ? partsOf(edit.op) : [])
    if (ops.length > 1) item.parts = ops.map((op, i) => this.#part(op, partKeys[i]))
    item.sent = true
    item.restored = true
  }

  /** What may be saved of each item, in order. */
  saved(open: Item | null): SavedItem[] {
    const items = this.#items.filter((item) => item !== open)
    return items.map(({ n, key, typing, changes, parts }) => ({
      n,
      key,
      typing,
      changes: [...changes],
      ...(parts.length === 0
        ? {}
        : { parts: parts.map(({ op }) => op), partKeys: parts.map((part) => part.key) }),
    }))
  }

  /** Adds a change to a transaction; edits of one file compose, and go where they come to nothing. */
  extend(item: Item, change: Draft): void {
    const at = change.type === 'edit' ? item.changes.findIndex((other) => isEditOf(other, change.file)) : -1
    const known = item.changes[at]
    if (change.type === 'edit' && known?.type === 'edit') {
      const op = compose(known.op, change.op)
      if (isNoop(op)) item.changes.splice(at, 1)
      else item.changes[at] = { ...known, op }
    } else {
      item.changes.push(change)
    }
  }

  /**
   * Typing: composed into the last waiting typing in this file, when nothing that touches the file came after.
   * @returns the key of what carries it now; null when nothing has to, since all that waited came to nothing
   */
  type(file: string, op: TextOp): number | null {
    for (let i = this.#items.length - 1; i >= 0; i--) {
      const item = this.#items[i]
      if (item === undefined || item.sent) break
      if (!touches(item, file)) continue
      if (!item.typing) break
      const key = this.#addPart(item, op)
      this.extend(item, { type: 'edit', file, op })
      if (item.changes.length > 0) return key
      this.#items.splice(i, 1)
      return null
    }
    return this.push([{ type: 'edit', file, op }], true).key
  }

  /** A large edit is a part of its own, so that the room may refuse it and nothing else. Answers the key of what carries the op. */
  #addPart(item: Item, op: TextOp): number {
    const isLarge = isLargeEdit(op)
    const last = item.parts.at(-1)
    if (last === undefined) {
      const [edit] = item.changes
      if (edit?.type !== 'edit' || !(isLarge || item.beginsLarge)) return item.key
      item.parts = [{ key: item.key, op: edit.op, isLarge: item.beginsLarge }, this.#part(op)]
    } else if ((isLarge || last.isLarge) && item.parts.length < MOST_PARTS) item.parts.push(this.#part(op))
    else last.op = compose(last.op, op)
    return item.parts.at(-1)?.key ?? item.key
  }

  #part(op: TextOp, key = ++this.#lastKey): Part {
    return { key, op, isLarge: isLargeEdit(op) }
  }

  /** Takes the first item out: it is committed. */
  shift(): Item | undefined {
    return this.#items.shift()
  }

  /** Moves everything that waits over a committed op; answers the op as it applies to the local text. */
  rebase(file: string, committed: TextOp): TextOp {
    return this.#rebaseFrom(0, file, committed)
  }

  // ── what is taken back ──────────────────────────────────────────────────────────────────────────────────────────

  /** Everything that waits, oldest first. */
  get items(): readonly Item[] {
    return this.#items
  }

  /** What waits before an item. */
  before(item: Item): readonly Item[] {
    return this.#items.slice(0, this.#items.indexOf(item))
  }

  /** Takes an item out, and of the others all changes that go with it. What they did to texts is taken out by `rewriteText`. */
  withdraw(item: Item, goesToo: (change: Draft) => boolean): void {
    for (const other of this.#items) {
      if (other.changes.some(goesToo)) other.changes = other.changes.filter((change) => !goesToo(change))
    }
    this.discard(item)
    this.sweep()
  }

  discard(item: Item): void {
    this.#items = this.#items.filter((other) => other !== item)
  }

  /** All edits of a file are taken out, whatever else their items carry. Answers them, oldest first. */
  discardEdits(file: string): TextOp[] {
    const ops: TextOp[] = []
    for (const item of this.touching(file)) {
      item.parts = []
      item.changes = item.changes.filter((change) => {
        if (!isEditOf(change, file)) return true
        ops.push(change.op)
        return false
      })
    }
    this.sweep()
    return ops
  }

  /** The typing in a file that waits behind its last removal. */
  typedAfterRemoval(file: string): Item[] {
    const isRemoval = (change: Draft) => change.type === 'remove' && change.file === file
    const removal = this.#items.filter(({ changes }) => changes.some(isRemoval)).at(-1)
    const since = removal === undefined ? this.#items : this.#items.slice(this.#items.indexOf(removal) + 1)
    return since.filter((item) => item.typing && touches(item, file))
  }

  /** Items of which nothing is left are gone. */
  sweep(): void {
    if (this.#items.some(({ changes }) => changes.length === 0))
      this.#items = this.#items.filter(({ changes }) => changes.length > 0)
  }

  /** Where a file is before an item, by what waits; undefined where nothing before that says so. */
  pathBefore(item: Item, file: string): string | undefined {
    let path: string | undefined
    for (const { changes } of this.before(item)) {
      for (const change of changes)
        if (isCreationOf(change, file) || (change.type === 'rename' && change.file === file))
          path = change.path
    }
    return path
  }

  /** A file was never at path `was`, but at `is`: what undoes or redoes something there does it here. */
  repath(file: string, was: string, is: string): void {
    for (const item of this.#items) {
      item.changes = item.changes.map((change) => {
        if (change.type === 'edit' || change.back === undefined || !('path' in change)) return change
        return 'file' in change && change.file === file && change.path === was
          ? { ...change, path: is }
          : change
      })
    }
  }

  // ── a part that is refused ──────────────────────────────────────────────────────────────────────────────────────

  /**
   * Takes what waits behind `item` for the text of its file into it, as further parts, up to what may not be composed with it:
   * together they may be what each is not, small enough.
   * @param committed the text that the item applies to
   * @returns whether there was any
   */
  absorb(item: Item, file: string, committed: Text): boolean {
    const at = this.#items.indexOf(item)
    const parts = this.partsOf(item)
    let text = applyEdits(committed, item)
    const taken = new Set<Item>()
    for (const other of this.#items.slice(at + 1)) {
      if (!touches(other, file)) continue
      if (!other.changes.every((change) => isEditOf(change, file))) break
      text = applyEdits(text, other)
      parts.push(...this.partsOf(other))
      taken.add(other)
    }
    this.#items = this.#items.filter((other) => !taken.has(other))
    // Parts are brought to other texts one by one, the edit as a whole: that may leave a difference.
    const parted = committed.apply(composeOps(parts.map(({ op }) => op)))
    if (!parted.equals(text)) parts.push(this.#part(diff(parted, text)))
    this.#compose(item, file, parts)
    return taken.size > 0
  }

  /** A part of an item is refused, and its op taken out already. An item of which nothing is left is gone. */
  dropPart(item: Item, key: number): void {
    item.parts = item.parts.filter((part) => part.key !== key)
    if (item.changes.every((change) => change.type === 'edit' && isNoop(change.op))) this.discard(item)
    this.sweep()
  }

  /**
   * What waits from this item on goes under new numbers. The room has just refused an item that stood here: so nothing of those
   * behind it, which never go ahead of it, can be in the log.
   */
  renumber(from: Item): void {
    for (const item of this.#items.slice(this.#items.indexOf(from))) {
      item.n = ++this.lastN
      item.sent = false
      item.restored = false
    }
  }

  /** The parts of an item that is an edit of one file, at least one. */
  partsOf(item: Item): Part[] {
    if (item.parts.length > 0) return item.parts
    const [edit] = item.changes
    return edit?.type === 'edit' ? [{ key: item.key, op: edit.op, isLarge: isLargeEdit(edit.op) }] : []
  }

  /** Makes an item of these parts; one that comes to nothing is gone. */
  #compose(item: Item, file: string, parts: Part[]): void {
    const op = composeOps(parts.map((part) => part.op))
    item.parts = parts
    item.changes = [{ type: 'edit', file, op }]
    if (isNoop(op)) this.#items = this.#items.filter((other) => other !== item)
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
      const moved = rebaseParts(item, over)
      if (item.parts.length > 0 && !item.sent) {
        // What was sent the room moves as a whole. As long as it was not, its parts say what it is.
        item.changes = [{ type: 'edit', file, op: composeOps(item.parts.map(({ op }) => op)) }]
        over = moved
        continue
      }
      item.changes = item.changes.map((change) => {
        // Removed here and created once more, with what it was: what others did to it meanwhile is in that.
        if (isCreateOf(change, file))
          return { ...change, text: Text.from(change.text).apply(over).toString() }
        if (!isEditOf(change, file)) return change
        const turned = rebase(over, change.op)
        over = turned.committed
        return { ...change, op: turned.pending }
      })
    }
    return over
  }
}

/** Moves the parts of an item over an op. Answers that as it applies behind them; what becomes of a sent edit as a whole is another matter. */
function rebaseParts(item: Item, op: TextOp): TextOp {
  let over = op
  for (const part of item.parts) {
    const turned = rebase(over, part.op)
    part.op = turned.pending
    over = turned.committed
  }
  return over
}

function applyEdits(text: Text, { changes }: Item): Text {
  return changes.reduce((before, change) => (change.type === 'edit' ? before.apply(change.op) : before), text)
}

/** The removals of an item. */
export function removalsOf({ changes }: Item): RemoveChange[] {
  return changes.filter((change) => change.type === 'remove')
}

/** Whether an item does anything to a file. */
export function touches(item: Item, file: string): boolean {
  return item.changes.some((change) => fileOf(change) === file)
}

function isCreateOf(change: Draft, file: string): change is CreateChange {
  return change.type === 'create' && change.file === file
}

function isEditOf(change: Draft, file: string): change is EditChange {
  return change.type === 'edit' && change.file === file
}

/** Whether what was committed under a saved item's number is not what was saved: more was typed, and sent, after that. */
export function hasGrown(item: Item, committed: readonly CommittedChange[]): boolean {
  if (!item.restored || !item.typing) return false
  return JSON.stringify(opsOf(item.changes)) !== JSON.stringify(opsOf(committed))
}

/** The ops of edits, without those that came to nothing: the room leaves them out. */
function opsOf(changes: readonly (CommittedChange | Draft)[]): unknown[] {
  return changes.flatMap((change) =>
    change.type === 'edit' && JSON.stringify(change.op) !== '[]' ? [change.op] : [],
  )
}
