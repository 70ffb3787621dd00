/**
 * Local changes that are not committed yet, oldest first. The first item may be in flight; the rest wait and
 * compose. Invariant: applied in order to the committed texts, the items give the local texts.
 *
 * Changes that may be refused are sent alone: typing in one file composes into an item of its own, a
 * creation, rename or removal is an item, and a transaction of the application remains one item.
 *
 * Long because it is one list: composing, transforming and taking back all have to keep its invariant.
 */
import { fileOf } from '../protocol/changes.ts'
import type { CommittedChange, CreateChange, EditChange, RemoveChange } from '../protocol/messages.ts'
import { compose, composeOps } from '../text/compose.ts'
import { diff } from '../text/diff.ts'
import { isNoop, type TextOp } from '../text/op.ts'
import { Text } from '../text/text.ts'
import { rebase, transformPoint, untransformPoint } from '../text/transform.ts'
import { type Creation, type Draft, isCreationOf, Removals, revivedFrom, withoutBack } from './revival.ts'
import { dividedAs } from './withdrawal/divide.ts'
import { isLargeEdit, type Part, partsOf } from './withdrawal/parts.ts'

export interface Item {
  /**
   * Submission number, the same for each resend. Numbers of items that were discarded are not reused. It
   * changes only if the room refused a part of this item or of an earlier one, so that the rest gets new
   * numbers.
   */
  n: number
  /** Identifies the item locally; never changes. */
  readonly key: number
  /** Whether it is typing in one file, into which more may be composed. */
  readonly typing: boolean
  /**
   * For typing, the parts its one edit is composed of, oldest first; empty for a single part, which has the
   * item's key.
   */
  parts: Part[]
  /** Whether the first part is a large edit. */
  readonly beginsLarge: boolean
  /** It may have been sent, so nothing more may be composed into it. */
  sent: boolean
  /**
   * It is in the log, and is sent again to learn in which commit. Consists of removals only, which are
   * already applied locally.
   */
  isCommitted: boolean
  /**
   * It comes from a saved copy: the submission sent under its number may have grown after that was saved.
   */
  restored: boolean
  changes: Draft[]
}

/** Edits that have moved from one item to another. */
export interface Separated {
  readonly from: number
  readonly to: number
}

/** See `following`. */
export interface Following {
  readonly items: readonly Item[]
  /** The item that ends them. */
  readonly next: Item | null
}

/** The part of an item that is saved across page loads. */
export interface SavedItem extends Pick<Item, 'n' | 'typing' | 'changes'> {
  /** Ops of its parts, oldest first, if there are several. */
  readonly parts?: readonly TextOp[]
  /**
   * Its key and those of its parts, to which other saved data refers. Missing in data saved by older code.
   */
  readonly key?: number
  readonly partKeys?: readonly number[]
}

/** Maximum parts of one item: later edits are composed into the last. */
const MOST_PARTS = 64

export class Pending {
  /** The highest number assigned to an item here, or known to have been. */
  lastN = 0
  #lastKey = 0
  #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  get first(): Item | undefined {
    return this.#items[0]
  }

  /** Every pending change, in order. */
  *changes(): IterableIterator<Draft> {
    for (const item of this.#items) if (!item.isCommitted) yield* item.changes
  }

  /** The item that contains the change with this key. */
  holder(key: number): Item | undefined {
    return this.#items.find(
      (item) => item.key === key || (item.parts.length > 0 && item.parts.some((part) => part.key === key)),
    )
  }

  isWaiting(item: Item): boolean {
    return this.#items.includes(item)
  }

  /** The pending change that creates or revives a file that is removed, or will be. */
  creationOf(file: string): Creation | undefined {
    for (const change of this.changes()) if (isCreationOf(change, file)) return change
    return undefined
  }

  /** The pending change that creates or revives a file, unless a removal follows it. */
  comingOf(file: string): Creation | null {
    let coming: Creation | null = null
    for (const change of this.changes()) {
      if (isCreationOf(change, file)) coming = change
      else if (change.type === 'remove' && change.file === file) coming = null
    }
    return coming
  }

  /**
   * The items that change a file which does not exist at that point, oldest first.
   * @param isThere whether the room has the file
   */
  moot(file: string, isThere: boolean): Item[] {
    let isHere = isThere
    return this.touching(file).filter(({ changes }) => {
      let isMoot = false
      for (const change of changes) {
        if (isCreationOf(change, file)) isHere = true
        else if (fileOf(change) !== file) continue
        else if (!isHere) isMoot = true
        else if (change.type === 'remove') isHere = false
      }
      return isMoot
    })
  }

  /** Whether a revival of the file is pending. Its text will be known only from the room. */
  isComingBack(file: string): boolean {
    return this.comingOf(file)?.type === 'revive'
  }

  /**
   * Keys of a file's pending removal, and of what that reverses; empty if no removal is pending, or the file
   * is created or revived after it.
   */
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

  /** The first change that creates a file with a text known here, to which the items behind it apply. */
  createOf(file: string): CreateChange | undefined {
    for (const change of this.changes()) if (isCreateOf(change, file)) return change
    return undefined
  }

  /**
   * Whether the local text of a file has nothing of the committed one: a pending removal is followed by a
   * creation with a text from before an earlier removal.
   */
  isApart(file: string): boolean {
    const removals = new Removals<true>()
    for (const item of this.#items) {
      for (const change of item.changes) {
        if (change.type === 'remove' && change.file === file) removals.add(item, true)
        else if (isCreateOf(change, file) && removals.isOther(change)) return true
      }
    }
    return false
  }

  /**
   * The first item is in the log, but it is not known in which commit: resends its removals to learn that. A
   * pending creation of a removed file has a text that others may have changed before the removal, so it
   * becomes a revival.
   */
  await(item: Item): void {
    item.changes = item.changes.filter(({ type }) => type === 'remove')
    item.isCommitted = true
    for (const { file } of removalsOf(item))
      this.#recreate(file, (creation) =>
        creation.type === 'create' ? { ...creation, revives: 0 } : creation,
      )
  }

  /**
   * Puts the edits of a file that follow its revival in one item into an item of their own, right behind it:
   * the room would apply them to a text that may differ from the one here.
   * @returns the keys of both items; null if there are no such edits
   */
  separate(file: string): Separated | null {
    const isRevival = (change: Draft) => isCreationOf(change, file) && revivedFrom(change) !== undefined
    const item = this.#items.find(({ changes }) => changes.some(isRevival))
    if (item === undefined) return null
    const then = item.changes.slice(item.changes.findIndex(isRevival))
    const edits = then.filter((change) => isEditOf(change, file))
    if (edits.length === 0 || then.some((change) => change.type === 'remove' && change.file === file))
      return null
    item.changes = item.changes.filter((change) => !(edits as readonly Draft[]).includes(change))
    const rest = this.push(edits)
    this.#items.pop()
    this.#items.splice(this.#items.indexOf(item) + 1, 0, rest)
    this.renumber(rest)
    return { from: item.key, to: rest.key }
  }

  /** Commit `seq` removed the file: a pending revival can now refer to it. */
  removedIn(file: string, seq: number): void {
    this.#recreate(file, (creation) => {
      if (revivedFrom(creation) !== 0) return creation
      return creation.type === 'create' ? { ...creation, revives: seq } : { ...creation, seq }
    })
  }

  /** Replaces the first change that creates or revives a file. */
  #recreate(file: string, make: (creation: Creation) => Creation): void {
    for (const item of this.#items) {
      const creation = item.changes.find((change) => isCreationOf(change, file))
      if (creation === undefined) continue
      item.changes = item.changes.map((change) => (isCreationOf(change, file) ? make(change) : change))
      return
    }
  }

  /** Items that may have been sent, newest first. */
  get maybeSent(): Item[] {
    return this.#items.filter(({ sent }) => sent).reverse()
  }

  touching(file: string): Item[] {
    return this.#items.filter((item) => !item.isCommitted && touches(item, file))
  }

  /** Adds an item. Changes may be added to it with `extend` as long as it is the last. */
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

  /** Restores an item from before the page load, with its parts if they are known. */
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

  /** What is saved of each item, in order. */
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

  /** Adds a change to a transaction; edits of one file compose, and are dropped if they cancel out. */
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
   * Adds typing: composed into the last waiting typing in this file, unless a later item touches the file.
   * @returns key of the item or part that contains it; null if everything waiting cancels out
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

  /**
   * A large edit becomes a part of its own, so that the room can refuse it alone. Returns the key of the
   * part that contains the op.
   */
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

  /** Removes the first item: it is committed. */
  shift(): Item | undefined {
    return this.#items.shift()
  }

  /** Transforms everything pending over a committed op; returns the op as it applies to the local text. */
  rebase(file: string, committed: TextOp): TextOp {
    return this.#rebaseFrom(0, file, committed)
  }

  // ── withdrawals ─────────────────────────────────────────────────────────────────────────────────────────

  /** All items, oldest first. */
  get items(): readonly Item[] {
    return this.#items
  }

  /** The items before this one. */
  before(item: Item): readonly Item[] {
    return this.#items.slice(0, this.#items.indexOf(item))
  }

  /**
   * Removes an item, and from the others all changes that depend on it. `rewriteText` removes their effects
   * on texts.
   */
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

  /** Removes all edits of a file, whatever else their items contain. Returns their ops, oldest first. */
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

  /** Pending typing in a file after its last removal. */
  typedAfterRemoval(file: string): Item[] {
    const isRemoval = (change: Draft) => change.type === 'remove' && change.file === file
    const removal = this.#items.filter(({ changes }) => changes.some(isRemoval)).at(-1)
    const since = removal === undefined ? this.#items : this.#items.slice(this.#items.indexOf(removal) + 1)
    return since.filter((item) => item.typing && touches(item, file))
  }

  /** Drops items that are empty. */
  sweep(): void {
    if (this.#items.some(({ changes }) => changes.length === 0))
      this.#items = this.#items.filter(({ changes }) => changes.length > 0)
  }

  /** Path of a file before an item, according to the items before it; undefined if none of them says. */
  pathBefore(item: Item, file: string): string | undefined {
    let path: string | undefined
    for (const { changes } of this.before(item)) {
      for (const change of changes)
        if (isCreationOf(change, file) || (change.type === 'rename' && change.file === file))
          path = change.path
    }
    return path
  }

  /**
   * The items behind this one for which the path that this one gives to a file is its path: up to the next
   * that renames the file to that path without undoing or redoing anything.
   */
  following(item: Item, file: string, path: string): Following {
    const items: Item[] = []
    for (const other of this.#items.slice(this.#items.indexOf(item) + 1)) {
      const gives = (change: Draft) =>
        change.type === 'rename' && change.file === file && change.path === path && change.back === undefined
      if (other.changes.some(gives)) return { items, next: other }
      items.push(other)
    }
    return { items, next: null }
  }

  // ── refused parts ───────────────────────────────────────────────────────────────────────────────────────

  /**
   * Merges later edits of the file into `item` as further parts, up to the first item that cannot be
   * composed with it: together they may be small enough although each alone is not.
   * @param committed the text that the item applies to
   * @returns whether any were merged
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
    // Parts are transformed one by one, the edit as a whole: the results may differ.
    const parted = committed.apply(composeOps(parts.map(({ op }) => op)))
    if (!parted.equals(text)) parts.push(this.#part(diff(parted, text)))
    this.#compose(item, file, parts)
    return taken.size > 0
  }

  /** Drops a refused part, whose op was already taken out. An item that becomes empty is dropped. */
  dropPart(item: Item, key: number): void {
    item.parts = item.parts.filter((part) => part.key !== key)
    if (item.changes.every((change) => change.type === 'edit' && isNoop(change.op))) this.discard(item)
    this.sweep()
  }

  /**
   * Assigns new numbers from this item on. The room has just refused an item that was here, so none of those
   * behind it, which are never sent ahead of it, can be in the log.
   */
  renumber(from: Item): void {
    for (const item of this.#items.slice(this.#items.indexOf(from))) {
      item.n = ++this.lastN
      item.sent = false
      item.restored = false
    }
  }

  /** The parts, at least one, of an item that is an edit of one file. */
  partsOf(item: Item): Part[] {
    if (item.parts.length > 0) return item.parts
    const [edit] = item.changes
    return edit?.type === 'edit' ? [{ key: item.key, op: edit.op, isLarge: isLargeEdit(edit.op) }] : []
  }

  /** Sets the parts of an item; an item whose edits cancel out is dropped. */
  #compose(item: Item, file: string, parts: Part[]): void {
    const op = composeOps(parts.map((part) => part.op))
    item.parts = parts
    item.changes = [{ type: 'edit', file, op }]
    if (isNoop(op)) this.#items = this.#items.filter((other) => other !== item)
  }

  /** Removes and returns all typing in a file that no longer exists. */
  forget(file: string): Item[] {
    const isTyping = (item: Item) => item.typing && touches(item, file)
    const forgotten = this.#items.filter(isTyping)
    this.#items = this.#items.filter((item) => !isTyping(item))
    return forgotten
  }

  /** All pending edits of a file, as one op on its committed text. */
  composed(file: string): TextOp {
    return composeOps([...this.changes()].flatMap((change) => (isEditOf(change, file) ? [change.op] : [])))
  }

  /** Maps a point of the committed text to the local text. */
  toLocal(file: string, point: number): number {
    let local = point
    for (const change of this.changes()) {
      if (isEditOf(change, file)) local = transformPoint(local, change.op, 'left')
    }
    return local
  }

  /**
   * Maps a point of the local text to the committed text; a point within an insert maps to the position of
   * the insert.
   */
  toCommitted(file: string, point: number): number {
    let committed = point
    for (const change of [...this.changes()].reverse()) {
      if (isEditOf(change, file)) committed = untransformPoint(committed, change.op)
    }
    return committed
  }

  #rebaseFrom(start: number, file: string, op: TextOp): TextOp {
    let over = op
    const removals = new Removals<TextOp>()
    for (const item of this.#items.slice(start)) {
      if (!touches(item, file)) continue
      const moved = rebaseParts(item, over)
      if (item.parts.length > 0 && !item.sent) {
        // The room transforms a sent edit as a whole. Until it is sent, its parts define it.
        item.changes = [{ type: 'edit', file, op: composeOps(item.parts.map(({ op }) => op)) }]
        over = moved
        continue
      }
      item.changes = item.changes.map((change) => {
        if (change.type === 'remove' && change.file === file) removals.add(item, over)
        // Removed here and created again with its old content, which includes what others did to it in the
        // meantime.
        if (isCreateOf(change, file)) {
          over = removals.isOther(change) ? [] : (removals.restoredBy(change) ?? over)
          return { ...change, text: Text.from(change.text).apply(over).toString() }
        }
        if (!isEditOf(change, file)) return change
        const turned = rebase(over, change.op)
        over = turned.committed
        if (item.parts.length > 0) divide(item.parts, turned.pending)
        return { ...change, op: turned.pending }
      })
    }
    return over
  }
}

/** Makes the parts of a sent edit compose to what it is now as a whole. */
function divide(parts: readonly Part[], whole: TextOp): void {
  const ops = dividedAs(
    parts.map(({ op }) => op),
    whole,
  )
  ops?.forEach((op, i) => {
    parts[i]!.op = op
  })
}

/**
 * Transforms the parts of an item over an op. Returns the op as it applies after them. A sent edit as a
 * whole is transformed separately.
 */
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

/** Whether an item changes a file. */
export function touches(item: Item, file: string): boolean {
  return item.changes.some((change) => fileOf(change) === file)
}

/** Whether an item begins, as far as a file is concerned, with asking the room to revive it. */
export function asksFor({ changes }: Item, file: string): boolean {
  const first = changes.find((change) => fileOf(change) === file)
  return first !== undefined && revivedFrom(first) !== undefined
}

function isCreateOf(change: Draft, file: string): change is CreateChange {
  return change.type === 'create' && change.file === file
}

function isEditOf(change: Draft, file: string): change is EditChange {
  return change.type === 'edit' && change.file === file
}

/**
 * Whether the submission committed under a saved item's number differs from the item: more was typed and
 * sent after the save.
 */
export function hasGrown(item: Item, committed: readonly CommittedChange[]): boolean {
  if (!item.restored || !item.typing) return false
  return JSON.stringify(opsOf(item.changes)) !== JSON.stringify(opsOf(committed))
}

/** The ops of edits, without no-ops: the room omits those. */
function opsOf(changes: readonly (CommittedChange | Draft)[]): unknown[] {
  return changes.flatMap((change) =>
    change.type === 'edit' && JSON.stringify(change.op) !== '[]' ? [change.op] : [],
  )
}
