/**
 * What is done here: applied to the local side at once, and put with what is pending. Typing composes; everything else, and what
 * stands in one transaction, is an item of its own.
 */
import type { ChatChange, PolicyChange } from '../protocol/messages.ts'
import type { TextOp } from '../text/op.ts'
import { Text } from '../text/text.ts'
import { checkChanges, checkCount, checkEdit, checkSize, checkWhole } from './bounds.ts'
import type { Effect } from './effects.ts'
import type { Item } from './pending.ts'
import { ReplicaError } from './replica-error.ts'
import type { ReplicaState } from './replica-state.ts'
import type { Draft } from './revival.ts'
import type { Doing } from './undo/history.ts'

export class Drafts {
  readonly #state: ReplicaState
  /** Everything since `begin`, while that is not complete. */
  #transaction: Item | null = null
  /** Files that the transaction edits, as they were before it. */
  readonly #before = new Map<string, Text>()
  /** What the transaction says beyond its first message: a submission takes one, so these follow it. */
  #saidAfter: ChatChange[] = []

  constructor(state: ReplicaState) {
    this.#state = state
  }

  get transaction(): Item | null {
    return this.#transaction
  }

  /**
   * @param joins whether undo may take it back together with the last edit, where it goes on from that
   * @throws ReplicaError `not_open`, or `file_too_large`, which a transaction throws only when it ends; OpError when the op does
   * not fit the local text
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
   * @param back the keys of what it reverses, of a creation that undoes or redoes something; so with the other changes of the list
   * @param revives the commit that removed the file, 0 until that is known, where the room may have another text of it than is known here
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
   * @param known its text, where that is known although it is not at hand
   * @throws ReplicaError `no_such_file` or `too_many_changes`
   */
  remove(path: string, known: Text | null = null, back: readonly number[] = []): Effect[] {
    const file = this.#existing(path)
    this.#checkTransaction()
    const { copy, history, pending } = this.#state
    const isOpen = copy.isOpen(file)
    const followed = this.#state.textOf(file)
    const text = followed ?? known
    // What was done to a file before its last removal is still to be undone, once that is undone.
    if (text === null && !pending.isComingBack(file)) history.forgetText(file)
    const removed = this.#state.removed(file, path)
    const { key } = this.#put({ type: 'remove', file, ...reversing(back) })
    history.removed(file, path, text, { open: isOpen, isAssumed: followed === undefined }, [key, ...back])
    const effects: Effect[] = [this.#state.relisted()]
    return isOpen ? [...effects, removed] : effects
  }

  /**
   * A removed file comes back, where it was or beside that.
   * @param seq of the commit that removed it; 0 where that removal waits here
   * @throws ReplicaError `file_exists`, `too_many_files` or `too_many_changes`
   */
  revive(file: string, path: string, seq: number, back: readonly number[] = []): Effect[] {
    if (this.#state.view.files.get(file) !== undefined)
      throw new ReplicaError('file_exists', 'This file is here already.')
    checkCount(this.#state.limits, this.#state.view.files.size)
    this.#checkTransaction()
    const reversed = this.#withRemoval(file, back)
    const { key } = this.#put({ type: 'revive', file, path, seq, ...reversing(reversed) })
    this.#state.history.revived(file, [key, ...reversed])
    return [this.#state.relisted()]
  }

  /** An item of its own, unless the application put it into a transaction. @throws ReplicaError `too_many_changes` */
  propose(change: PolicyChange | ChatChange): void {
    this.#checkTransaction()
    if (change.type === 'chat' && this.#transaction?.changes.some(({ type }) => type === 'chat'))
      this.#saidAfter.push(change)
    else this.#put(change)
  }

  /** Answers false when a transaction is open already. */
  begin(doing: Doing = 'change'): boolean {
    if (this.#transaction !== null) return false
    this.#transaction = this.#state.pending.push([])
    this.#state.history.begin(doing)
    return true
  }

  /** @throws ReplicaError `file_too_large`, `too_many_changes` or `submission_too_large`; the transaction is to be abandoned then */
  commit(): void {
    const item = this.#transaction
    const { limits, copy, history } = this.#state
    if (item !== null && !history.isTurning) {
      for (const [file, before] of this.#before) checkSize(limits, copy.localText(file) ?? before, before)
      checkWhole(limits, item.changes)
    }
    this.#end()
    if (item !== null && item.changes.length === 0) this.#state.pending.discard(item)
    for (const change of this.#saidAfter.splice(0)) this.#state.pending.push([change])
    this.#state.history.end()
  }

  abandon(): Effect[] {
    const item = this.#transaction
    this.#end()
    this.#saidAfter = []
    const effects = item === null ? [] : this.#state.takeBack(item, true)
    this.#state.history.end(true)
    return effects
  }

  #end(): void {
    this.#transaction = null
    this.#before.clear()
  }

  /** An undo may be larger than what it undoes: whether it is too large the room says. @throws ReplicaError `too_many_changes` */
  #checkTransaction(): void {
    const { history, limits } = this.#state
    if (this.#transaction !== null && !history.isTurning) checkChanges(limits, this.#transaction.changes)
  }

  #existing(path: string): string {
    const file = this.#state.view.files.atPath(path)?.file
    if (file === undefined) throw new ReplicaError('no_such_file', `There is no file at ${path}.`)
    return file
  }

  /** A file that comes back after a removal that waits reverses that as well: without it, the file is there. */
  #withRemoval(file: string, back: readonly number[]): readonly number[] {
    return [...new Set([...back, ...this.#state.pending.removalOf(file)])]
  }

  /** Answers what carries it. */
  #put(change: Draft): Item {
    const { pending } = this.#state
    if (this.#transaction === null) return pending.push([change])
    pending.extend(this.#transaction, change)
    return this.#transaction
  }
}

/** What a draft has of what it reverses. @param back keys, of nothing for a change that is new */
function reversing(back: readonly number[]): Pick<Draft, 'back'> {
  return back.length === 0 ? {} : { back }
}
