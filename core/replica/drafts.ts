/**
 * Local changes: applied to the local texts at once, and added to the pending items. Typing composes; every
 * other change, and each transaction, is an item of its own.
 */
import type { ChatChange, PolicyChange } from '../protocol/messages.ts'
import type { TextOp } from '../text/op.ts'
import { Text } from '../text/text.ts'
import { checkChanges, checkCount, checkEdit, checkSize, checkWhole } from './bounds.ts'
import type { Effect } from './effects.ts'
import type { Item } from './pending.ts'
import { ReplicaError } from './replica-error.ts'
import type { ReplicaState } from './replica-state.ts'
import type { Draft, RemovedFile } from './revival.ts'
import type { Doing } from './undo/history.ts'

type Removal = Pick<RemovedFile, 'file' | 'path' | 'seq'>

export class Drafts {
  readonly #state: ReplicaState
  /** The open transaction: everything since `begin`. */
  #transaction: Item | null = null
  /** Texts of the files that the transaction edits, from before it. */
  readonly #before = new Map<string, Text>()
  /**
   * Chat messages of the transaction after the first: a submission may have only one, so these follow it.
   */
  #laterChats: ChatChange[] = []

  constructor(state: ReplicaState) {
    this.#state = state
  }

  get transaction(): Item | null {
    return this.#transaction
  }

  /**
   * @param joins whether one undo may revert this together with the last edit, if it continues that edit
   * @throws ReplicaError `not_open`, or `file_too_large`, which for a transaction is thrown only at its end;
   *   OpError if the op does not fit the local text
   */
  edit(file: string, op: TextOp, joins = false): Effect[] {
    const { pending, history } = this.#state
    const before = this.#state.textOf(file)
    if (before === undefined) throw new ReplicaError('not_open', 'Open the file before editing it.')
    if (this.#transaction === null) checkEdit(this.#state.limits, before, op)
    else if (!this.#before.has(file)) this.#before.set(file, before)
    const origin = history.isTurning ? 'undo' : 'local'
    const effects = this.#state.changeLocal(file, op, this.#state.own(origin))
    if (effects.length === 0) return effects
    const transaction = this.#transaction
    if (transaction !== null) pending.extend(transaction, { type: 'edit', file, op })
    const key = transaction === null ? pending.type(file, op) : transaction.key
    history.edited(file, op, before, key, joins)
    return effects
  }

  /**
   * @param back keys of the changes that an undo or redo reverses with this one; likewise for the other
   *   changes of the file list
   * @param revives for a file whose text in the room may differ from the one known here, the commit that
   *   removed it, 0 until known
   * @throws ReplicaError `bad_path`, `path_taken`, `file_too_large`, `too_many_files` or `too_many_changes`
   */
  create(
    file: string,
    path: string,
    text: string,
    { back = [], revives }: { readonly back?: readonly number[]; readonly revives?: number | undefined } = {},
  ): Effect[] {
    const { limits, view } = this.#state
    view.checkPath(path)
    const content = Text.from(text)
    checkSize(limits, content, null)
    checkCount(limits, view.files.size)
    this.#checkTransaction()
    this.#state.copy.setLocal(file, content)
    const reversed = this.#withRemoval(file, back)
    const from = revives === undefined ? {} : { revives }
    const { key } = this.#put({ type: 'create', file, path, text, ...from, ...reversing(reversed) })
    this.#state.history.created(file, content, [key, ...reversed])
    return [this.#state.relisted()]
  }

  /** @throws ReplicaError `no_such_file`, `bad_path`, `path_taken` or `too_many_changes` */
  rename(from: string, to: string, back: readonly number[] = []): Effect[] {
    const file = this.#existing(from)
    if (from === to) return []
    this.#state.view.checkPath(to, file)
    this.#checkTransaction()
    const { key } = this.#put({ type: 'rename', file, path: to, ...reversing(back) })
    this.#state.history.renamed(file, from, to, [key, ...back])
    return [this.#state.relisted()]
  }

  /**
   * @param known the file's text, if it is known although the file is not followed
   * @throws ReplicaError `no_such_file` or `too_many_changes`
   */
  remove(path: string, known: Text | null = null, back: readonly number[] = []): Effect[] {
    const file = this.#existing(path)
    this.#checkTransaction()
    const { copy, history, pending } = this.#state
    const isOpen = copy.isOpen(file)
    const followed = this.#state.textOf(file)
    const text = followed ?? known
    // Earlier changes to a file that is being revived can still be undone once the last removal is undone.
    if (text === null && !pending.isComingBack(file)) history.forgetText(file)
    const removed = this.#state.removed(file, path)
    const { key } = this.#put({ type: 'remove', file, ...reversing(back) })
    history.removed(file, path, text, { open: isOpen, isAssumed: followed === undefined }, [key, ...back])
    const effects: Effect[] = [this.#state.relisted()]
    return isOpen ? [...effects, removed] : effects
  }

  /**
   * Revives a removed file, at its old path or next to it. Its `seq` is that of the commit that removed it, 0
   * if that removal is pending.
   * @throws ReplicaError `file_exists`, `too_many_files` or `too_many_changes`
   */
  revive({ file, path, seq }: Removal, back: readonly number[] = []): Effect[] {
    if (this.#state.isHere(file)) throw new ReplicaError('file_exists', 'The file already exists.')
    checkCount(this.#state.limits, this.#state.view.files.size)
    this.#checkTransaction()
    const reversed = this.#withRemoval(file, back)
    const { key } = this.#put({ type: 'revive', file, path, seq, ...reversing(reversed) })
    this.#state.history.revived(file, [key, ...reversed])
    return [this.#state.relisted()]
  }

  /**
   * Adds an item of its own, or a change to the open transaction.
   * @throws ReplicaError `too_many_changes`
   */
  propose(change: PolicyChange | ChatChange): void {
    this.#checkTransaction()
    if (change.type === 'chat' && this.#transaction?.changes.some(({ type }) => type === 'chat'))
      this.#laterChats.push(change)
    else this.#put(change)
  }

  /**
   * Returns false if a transaction is already open.
   * @param turn see `UndoHistory.begin`
   */
  begin(doing: Doing = 'change', turn: object | null = null): boolean {
    if (this.#transaction !== null) return false
    this.#transaction = this.#state.pending.push([])
    this.#state.history.begin(doing, turn)
    return true
  }

  /**
   * @throws ReplicaError `file_too_large`, `too_many_changes` or `submission_too_large`; the caller must
   *   then abandon the transaction
   */
  endTransaction(): void {
    const item = this.#transaction
    const { limits, copy, history } = this.#state
    if (item !== null && !history.isTurning) {
      for (const [file, before] of this.#before) checkSize(limits, copy.localText(file) ?? before, before)
      checkWhole(limits, item.changes)
    }
    this.#end()
    if (item !== null && item.changes.length === 0) this.#state.pending.discard(item)
    for (const change of this.#laterChats.splice(0)) this.#state.pending.push([change])
    this.#state.history.end()
  }

  abandon(): Effect[] {
    const item = this.#transaction
    this.#end()
    this.#laterChats = []
    const effects = item === null ? [] : this.#state.takeBack(item, true)
    this.#state.history.end(true)
    return effects
  }

  #end(): void {
    this.#transaction = null
    this.#before.clear()
  }

  /**
   * An undo may be larger than the changes it undoes; only the room decides whether it is too large.
   * @throws ReplicaError `too_many_changes`
   */
  #checkTransaction(): void {
    const { history, limits } = this.#state
    if (this.#transaction !== null && !history.isTurning) checkChanges(limits, this.#transaction.changes)
  }

  #existing(path: string): string {
    const file = this.#state.view.files.atPath(path)?.file
    if (file === undefined) throw new ReplicaError('no_such_file', `There is no file at ${path}.`)
    return file
  }

  /**
   * A file that is created or revived after a pending removal reverses that removal too: without the
   * removal, the file exists.
   */
  #withRemoval(file: string, back: readonly number[]): readonly number[] {
    return [...new Set([...back, ...this.#state.pending.removalOf(file)])]
  }

  /** Returns the item that contains the change. */
  #put(change: Draft): Item {
    const { pending } = this.#state
    if (this.#transaction === null) return pending.push([change])
    pending.extend(this.#transaction, change)
    return this.#transaction
  }
}

/** The `back` field of a draft. @param back keys; empty for a change that reverses nothing */
function reversing(back: readonly number[]): Pick<Draft, 'back'> {
  return back.length === 0 ? {} : { back }
}
