/**
 * What this client can undo and redo. Everything that changes the replica reports it here: local changes,
 * and within which undo, redo or transaction they happen; changes by others; refusals. Changes nothing
 * outside itself.
 */
import { invert } from '../../text/invert.ts'
import type { TextOp } from '../../text/op.ts'
import type { Text } from '../../text/text.ts'
import type { Separated } from '../pending.ts'
import type { Entry } from './entry.ts'
import type { IsPending, Layer } from './layer.ts'
import { type Move, type Shelved, UndoStack } from './stack.ts'
import { Typing } from './typing.ts'

const NOTHING: ReadonlySet<number> = new Set()

/** What is in progress: a new change, an undo, or a redo. */
export type Doing = 'change' | 'undo' | 'redo'

/** A change that undoes or redoes others. */
interface Turn {
  readonly key: number
  /** Keys of those that may still be refused. */
  readonly back: ReadonlySet<number>
  /** Whether it reverses nothing else. */
  readonly isPure: boolean
}

/** A turn as saved across page loads: if a change is refused later, whatever undid it goes too. */
export interface SavedTurn {
  readonly key: number
  readonly back: readonly number[]
  readonly isPure: boolean
}

export class UndoHistory {
  readonly #isPending: IsPending
  readonly #undo: UndoStack
  readonly #redo: UndoStack
  readonly #typing = new Typing()
  /** Everything done until `end` belongs to one entry. */
  #group: { doing: Doing; turn: object | null; entry: Entry | null; redo: Shelved | null } | null = null
  /** The entry that another edit may join: it contains only typing. */
  #typed: Entry | null = null
  /** Changes that undo or redo others, and which; kept while those may be refused. */
  #turns: Turn[] = []

  /** @param isPending whether the room may still refuse the change with this key */
  constructor(isPending: IsPending) {
    this.#isPending = isPending
    this.#undo = new UndoStack(isPending)
    this.#redo = new UndoStack(isPending)
  }

  /** Changes whenever the undo or redo stack does. */
  get revision(): number {
    return this.#undo.revision + this.#redo.revision
  }

  get isTurning(): boolean {
    return this.#group !== null && this.#group.doing !== 'change'
  }

  has(doing: 'undo' | 'redo', file?: string): boolean {
    return (doing === 'undo' ? this.#undo : this.#redo).has(file)
  }

  /** Removes and returns the entries for one undo or redo, in order. Empty if there is nothing to do. */
  take(doing: 'undo' | 'redo', file?: string): Entry[] {
    return (doing === 'undo' ? this.#undo : this.#redo).take(file)
  }

  /** The entries that `take` would remove. */
  peek(doing: 'undo' | 'redo', file?: string): Entry[] {
    return (doing === 'undo' ? this.#undo : this.#redo).peek(file)
  }

  // ── own changes ─────────────────────────────────────────────────────────────────────────────────────────

  /** @param turn the undo or redo that this is part of, which is reversed as one; null for a change */
  begin(doing: Doing, turn: object | null): void {
    this.#group = { doing, turn, entry: null, redo: null }
    this.#interrupt()
  }

  /** @param isAbandoned whether everything done since `begin` was taken back */
  end(isAbandoned = false): void {
    const { entry = null, redo = null } = this.#group ?? {}
    const stack = this.#stack
    this.#group = null
    if (entry !== null) stack.close(entry)
    if (isAbandoned && redo !== null) this.#redo.putBack(redo)
  }

  /**
   * A local text was changed here.
   * @param before the text to which `op` was applied
   * @param key of the item or part that contains the change; null if it needs none
   * @param joins whether it may join the last edit, if it continues that
   */
  edited(file: string, op: TextOp, before: Text, key: number | null, joins: boolean): void {
    const inverse = invert(op, before)
    if (this.#group !== null) {
      this.#stack.addEdit(this.#entry(), file, inverse, key)
      return
    }
    const typed = this.#typed
    const goesOn = this.#typing.next(file, op) && joins
    const entry = goesOn && typed !== null && typed === this.#undo.top ? typed : this.#entry()
    this.#typed = entry
    this.#undo.addEdit(entry, file, inverse, key)
    this.#undo.close(entry)
  }

  /** @param keys of the creation, and of what it reverses */
  created(file: string, text: Text, keys: readonly number[]): void {
    this.#structure((stack, entry) => stack.addStep(entry, { type: 'remove', file, text, keys }))
  }

  renamed(file: string, was: string, is: string, keys: readonly number[]): void {
    this.#structure((stack, entry) => stack.addStep(entry, { type: 'rename', file, from: is, to: was, keys }))
  }

  /**
   * @param text null if it is not available: the room then has to revive the file
   * @param how whether its text was followed here, and whether others may have changed it nevertheless
   */
  removed(
    file: string,
    path: string,
    text: Text | null,
    how: { readonly open: boolean; readonly isAssumed: boolean },
    keys: readonly number[],
  ): void {
    this.#structure((stack, entry) => {
      if (text === null) stack.addUnreadRemoval(entry, { type: 'revive', file, path, seq: 0, keys })
      else stack.addRemoval(entry, { type: 'create', file, path, seq: 0, ...how, keys }, text)
    })
  }

  /** The text of a file is not available when it is removed: its path can be undone, edits no longer can. */
  forgetText(file: string): void {
    this.#undo.forgetText(file)
    this.#redo.forgetText(file)
  }

  /** See `UndoStack.forgetCommitted`. */
  forgetCommitted(file: string): void {
    this.#undo.forgetCommitted(file)
    this.#redo.forgetCommitted(file)
  }

  /** See `UndoStack.arrived`. */
  arrived(file: string, text: Text): void {
    this.#undo.arrived(file, text)
    this.#redo.arrived(file, text)
  }

  revived(file: string, keys: readonly number[]): void {
    this.#structure((stack, entry) => stack.addStep(entry, { type: 'remove', file, text: null, keys }))
  }

  /** The change with `key`, which removed the file, is in commit `seq`. */
  removedIn(file: string, key: number, seq: number): void {
    this.#undo.removedIn(file, key, seq)
    this.#redo.removedIn(file, key, seq)
  }

  /** The change with `key` removed the file, and what was committed before it is unknown. */
  assume(file: string, key: number): void {
    this.#undo.assume(file, key)
    this.#redo.assume(file, key)
  }

  /** The change with `key` reverses this entry. */
  turned(key: number, { carriers }: Entry): void {
    const back = new Set<number>()
    for (const carrier of carriers) if (carrier !== null && this.#isPending(carrier)) back.add(carrier)
    this.#turns = this.#turns.filter((turn) => this.#isPending(turn.key))
    if (back.size > 0) this.#turns.push({ key, back, isPure: back.size === carriers.size })
  }

  /** Edits of a file are in another item now. */
  moved(file: string, { from, to }: Separated): void {
    for (const layers of this.layersOf(file))
      for (const { segments } of layers)
        for (const segment of segments) if (segment.key === from) segment.key = to
    this.#turns = this.#turns.flatMap((turn) => {
      const back = turn.back.has(from) ? new Set([...turn.back, to]) : turn.back
      return turn.key === from ? [turn, { ...turn, key: to }] : [{ ...turn, back }]
    })
  }

  savedTurns(): SavedTurn[] {
    const pending = this.#turns.filter(({ key }) => this.#isPending(key))
    return pending.map(({ back, ...turn }) => ({ ...turn, back: [...back] }))
  }

  restoreTurns(turns: readonly SavedTurn[]): void {
    this.#turns = turns.map(({ back, ...turn }) => ({ ...turn, back: new Set(back) }))
  }

  // ── changes by others, and refusals ─────────────────────────────────────────────────────────────────────

  /** Somebody else changed a local text. */
  carry(file: string, op: TextOp): void {
    this.#typing.carry(file, op)
    this.#undo.carry(file, op)
    this.#redo.carry(file, op)
  }

  /**
   * Somebody else changed a file, whether or not its text is here: undoing its creation must no longer
   * remove it.
   */
  share(file: string): void {
    this.#undo.share(file)
    this.#redo.share(file)
  }

  /** The file is gone: nothing about it can be undone. */
  forget(file: string): void {
    this.#undo.forget(file)
    this.#redo.forget(file)
  }

  /** Keys of the changes that this one undoes or redoes; empty for any other change. */
  backOf(key: number): ReadonlySet<number> {
    return this.#turns.find((turn) => turn.key === key)?.back ?? NOTHING
  }

  /**
   * These keys, plus those of changes that do nothing but undo or redo them, which are void without them.
   */
  withTurnsOf(keys: readonly number[]): Set<number> {
    const all = new Set(keys)
    for (const { key, back, isPure } of this.#turns)
      if (isPure && [...back].every((one) => all.has(one))) all.add(key)
    return all
  }

  /** The layers of a file in the undo stack and in the redo stack, oldest first. */
  layersOf(file: string): readonly (readonly Layer[])[] {
    return [this.#undo.layersOf(file), this.#redo.layersOf(file)]
  }

  /** The changes with these keys were taken back. */
  refuse(keys: ReadonlySet<number>): void {
    this.#interrupt()
    this.#undo.refuse(keys)
    this.#redo.refuse(keys)
  }

  /** Changes were taken out of layers: drops what is empty. */
  sweep(): void {
    this.#interrupt()
    this.#undo.sweep()
    this.#redo.sweep()
  }

  /** See `UndoStack.repath`. */
  repath(move: Move): void {
    this.#undo.repath(move)
    this.#redo.repath(move)
  }

  // ── internals ───────────────────────────────────────────────────────────────────────────────────────────

  /** The stack for the inverse of the current change. */
  get #stack(): UndoStack {
    return this.#group?.doing === 'undo' ? this.#redo : this.#undo
  }

  /** The entry of the current change: that of the group, or a new one. */
  #entry(): Entry {
    const group = this.#group
    if (group?.entry != null && group.entry === this.#stack.top) return group.entry
    // If a transaction is abandoned, the redo stack must be as before.
    if (group?.doing === 'change') group.redo ??= this.#redo.shelve()
    else if (group === null) this.#redo.clear()
    const entry = this.#stack.push(group?.turn ?? null)
    if (group !== null) group.entry = entry
    return entry
  }

  #structure(add: (stack: UndoStack, entry: Entry) => void): void {
    const entry = this.#entry()
    add(this.#stack, entry)
    if (this.#group !== null) return
    this.#interrupt()
    this.#stack.close(entry)
  }

  #interrupt(): void {
    this.#typing.stop()
    this.#typed = null
  }
}
