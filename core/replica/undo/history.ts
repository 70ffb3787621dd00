/**
 * What this client did and may take back, and what it took back and may do again. Whoever changes the replica says so here: what was
 * done here, within which undo, redo or transaction; what others did; what was refused. It changes nothing itself.
 */
import { invert } from '../../text/invert.ts'
import type { TextOp } from '../../text/op.ts'
import type { Text } from '../../text/text.ts'
import type { Entry } from './entry.ts'
import type { IsPending, Layer } from './layer.ts'
import { type Shelved, UndoStack } from './stack.ts'
import { Typing } from './typing.ts'

const NOTHING: ReadonlySet<number> = new Set()

/** What goes on: something new, a step back, or one forth again. */
export type Doing = 'change' | 'undo' | 'redo'

/** A change that undoes or redoes others. */
interface Turn {
  readonly key: number
  /** The keys of those that may be refused. */
  readonly back: ReadonlySet<number>
  /** Whether there are none but these. */
  readonly isPure: boolean
}

/** A turn as it outlives the page: so that what is refused after that takes along what had undone it. */
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
  /** All that is done until `end` is one entry. */
  #group: { readonly doing: Doing; entry: Entry | null; redo: Shelved | null } | null = null
  /** What another edit may join: it holds nothing but typing. */
  #typed: Entry | null = null
  /** Changes that undo or redo something, and those that they take back; as long as they may be refused. */
  #turns: Turn[] = []

  /** @param isPending whether the room may still refuse the change of a key */
  constructor(isPending: IsPending) {
    this.#isPending = isPending
    this.#undo = new UndoStack(isPending)
    this.#redo = new UndoStack(isPending)
  }

  /** Is another whenever something else can be undone or redone. */
  get revision(): number {
    return this.#undo.revision + this.#redo.revision
  }

  get isTurning(): boolean {
    return this.#group !== null && this.#group.doing !== 'change'
  }

  has(doing: 'undo' | 'redo', file?: string): boolean {
    return (doing === 'undo' ? this.#undo : this.#redo).has(file)
  }

  /** Takes out what an undo or redo has to do, in that order. Empty when there is nothing. */
  take(doing: 'undo' | 'redo', file?: string): Entry[] {
    return (doing === 'undo' ? this.#undo : this.#redo).take(file)
  }

  /** What `take` would take out. */
  peek(doing: 'undo' | 'redo', file?: string): Entry[] {
    return (doing === 'undo' ? this.#undo : this.#redo).peek(file)
  }

  // ── what is done here ───────────────────────────────────────────────────────────────────────────────────────────

  begin(doing: Doing): void {
    this.#group = { doing, entry: null, redo: null }
    this.#interrupt()
  }

  /** @param isAbandoned whether all that was done since `begin` was taken back */
  end(isAbandoned = false): void {
    const { entry = null, redo = null } = this.#group ?? {}
    const stack = this.#stack
    this.#group = null
    if (entry !== null) stack.close(entry)
    if (isAbandoned && redo !== null) this.#redo.putBack(redo)
  }

  /**
   * A local text was changed here.
   * @param before the text that `op` was made on
   * @param key of what carries the change; null when nothing has to
   * @param joins whether it may join the last, where it goes on from that
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

  /** @param keys of what carries the creation, and of what it reverses */
  created(file: string, text: Text, keys: readonly number[]): void {
    this.#structure((stack, entry) => stack.addStep(entry, { type: 'remove', file, text, keys }))
  }

  renamed(file: string, was: string, is: string, keys: readonly number[]): void {
    this.#structure((stack, entry) => stack.addStep(entry, { type: 'rename', file, from: is, to: was, keys }))
  }

  /**
   * @param text null where it is not at hand: then the room has to bring the file back
   * @param how whether its text was followed here; and whether others may have changed it all the same
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

  /** The text of a file is not at hand when the file goes: what was done to it cannot be taken back, where the file is can. */
  forgetText(file: string): void {
    this.#undo.forgetText(file)
    this.#redo.forgetText(file)
  }

  revived(file: string, keys: readonly number[]): void {
    this.#structure((stack, entry) => stack.addStep(entry, { type: 'remove', file, text: null, keys }))
  }

  /** What is carried under `key`, which removed the file, is commit `seq`. */
  removedIn(file: string, key: number, seq: number): void {
    this.#undo.removedIn(file, key, seq)
    this.#redo.removedIn(file, key, seq)
  }

  /** What is carried under `key` has removed the file, and what was committed before it is not known. */
  assume(file: string, key: number): void {
    this.#undo.assume(file, key)
    this.#redo.assume(file, key)
  }

  /** What is carried under `key` takes these entries back. */
  turned(key: number, entries: readonly Entry[]): void {
    const carriers = new Set(entries.flatMap((entry) => [...entry.carriers]))
    const back = new Set<number>()
    for (const carrier of carriers) if (carrier !== null && this.#isPending(carrier)) back.add(carrier)
    this.#turns = this.#turns.filter((turn) => this.#isPending(turn.key))
    if (back.size > 0) this.#turns.push({ key, back, isPure: back.size === carriers.size })
  }

  savedTurns(): SavedTurn[] {
    const pending = this.#turns.filter(({ key }) => this.#isPending(key))
    return pending.map(({ back, ...turn }) => ({ ...turn, back: [...back] }))
  }

  restoreTurns(turns: readonly SavedTurn[]): void {
    this.#turns = turns.map(({ back, ...turn }) => ({ ...turn, back: new Set(back) }))
  }

  // ── what others do, and what is refused ─────────────────────────────────────────────────────────────────────────

  /** A local text was changed by somebody else. */
  carry(file: string, op: TextOp): void {
    this.#typing.carry(file, op)
    this.#undo.carry(file, op)
    this.#redo.carry(file, op)
  }

  /** Somebody else changed a file, whether its text is here or not: it is not taken away with what made it here. */
  share(file: string): void {
    this.#undo.share(file)
    this.#redo.share(file)
  }

  /** The file is gone: nothing of it can be taken back. */
  forget(file: string): void {
    this.#undo.forget(file)
    this.#redo.forget(file)
  }

  /** The keys of what the change of this key undoes or redoes; none for any other change. */
  backOf(key: number): ReadonlySet<number> {
    return this.#turns.find((turn) => turn.key === key)?.back ?? NOTHING
  }

  /** These keys, with those of what does nothing but undo or redo them: without them, that never was either. */
  withTurnsOf(keys: readonly number[]): Set<number> {
    const all = new Set(keys)
    for (const { key, back, isPure } of this.#turns)
      if (isPure && [...back].every((one) => all.has(one))) all.add(key)
    return all
  }

  /** What can be undone of a file and what can be redone: two stacks of layers, the oldest first. */
  layersOf(file: string): readonly (readonly Layer[])[] {
    return [this.#undo.layersOf(file), this.#redo.layersOf(file)]
  }

  /** The changes of these keys were taken back. */
  refuse(keys: ReadonlySet<number>): void {
    this.#interrupt()
    this.#undo.refuse(keys)
    this.#redo.refuse(keys)
  }

  /** Changes were taken out of layers: what has nothing in it goes. */
  sweep(): void {
    this.#interrupt()
    this.#undo.sweep()
    this.#redo.sweep()
  }

  /** A file was never at path `was`, but at `is`: a rename was taken back. */
  repath(file: string, was: string, is: string): void {
    this.#undo.repath(file, was, is)
    this.#redo.repath(file, was, is)
  }

  // ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Where the inverse of what is done now goes. */
  get #stack(): UndoStack {
    return this.#group?.doing === 'undo' ? this.#redo : this.#undo
  }

  /** The entry of what is done now: that of the group, or a new one. */
  #entry(): Entry {
    const group = this.#group
    if (group?.entry != null && group.entry === this.#stack.top) return group.entry
    // A transaction may be abandoned: then there is as much to redo as before.
    if (group?.doing === 'change') group.redo ??= this.#redo.shelve()
    else if (group === null) this.#redo.clear()
    const entry = this.#stack.push()
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
