/**
 * What is done here: applied to the local side at once, and put with what is pending. Typing composes; everything else, and what
 * stands in one transaction, is an item of its own.
 */
import type { Change, ChatChange, PolicyChange } from '../protocol/messages.ts'
import type { TextOp } from '../text/op.ts'
import { Text } from '../text/text.ts'
import type { Desk } from './desk.ts'
import type { Effect } from './effects.ts'
import type { Item } from './pending.ts'
import { ReplicaError } from './replica-error.ts'
import type { Doing } from './undo-history.ts'

export class Drafts {
  readonly #desk: Desk
  /** Everything since `begin`, while that is not complete. */
  #transaction: Item | null = null

  constructor(desk: Desk) {
    this.#desk = desk
  }

  get transaction(): Item | null {
    return this.#transaction
  }

  /**
   * @param joins whether undo may take it back together with the last edit, where it goes on from that
   * @throws ReplicaError `not_open`; OpError when the op does not fit the local text
   */
  edit(file: string, op: TextOp, joins = false): Effect[] {
    const { copy, pending, history } = this.#desk
    const before = copy.localText(file)
    if (before === undefined) throw new ReplicaError('not_open', 'Open the file before editing it.')
    const origin = history.isTurning ? 'undo' : 'local'
    const effects = this.#desk.changeLocal(file, op, this.#desk.own(origin))
    if (effects.length === 0) return effects
    let item = this.#transaction
    if (item === null) item = pending.type(file, op)
    else pending.extend(item, { type: 'edit', file, op })
    history.edited(file, op, before, item?.n ?? null, joins)
    return effects
  }

  /** @throws ReplicaError `bad_path` or `path_taken` */
  create(file: string, path: string, text: string): Effect[] {
    this.#desk.view.checkPath(path)
    const content = Text.from(text)
    this.#desk.copy.setLocal(file, content)
    const { n } = this.#put({ type: 'create', file, path, text })
    this.#desk.history.created(file, content, n)
    return [this.#desk.relisted()]
  }

  /** @throws ReplicaError `no_such_file`, `bad_path` or `path_taken` */
  rename(from: string, to: string): Effect[] {
    const file = this.#existing(from)
    if (from === to) return []
    this.#desk.view.checkPath(to, file)
    const { n } = this.#put({ type: 'rename', file, path: to })
    this.#desk.history.renamed(file, from, to, n)
    return [this.#desk.relisted()]
  }

  /**
   * @param known its text, where that is known although it is not at hand
   * @throws ReplicaError `no_such_file`
   */
  remove(path: string, known: Text | null = null): Effect[] {
    const file = this.#existing(path)
    const { copy, history } = this.#desk
    const isOpen = copy.isOpen(file)
    const { n } = this.#put({ type: 'remove', file })
    history.removed(file, path, copy.localText(file) ?? known, isOpen, n)
    const effects: Effect[] = [this.#desk.relisted()]
    return isOpen ? [...effects, this.#desk.removed(file, path)] : effects
  }

  /** An item of its own, unless the application put it into a transaction. */
  propose(change: PolicyChange | ChatChange): void {
    this.#put(change)
  }

  /** Answers false when a transaction is open already. */
  begin(doing: Doing = 'change'): boolean {
    if (this.#transaction !== null) return false
    this.#transaction = this.#desk.pending.push([])
    this.#desk.history.begin(doing)
    return true
  }

  commit(): void {
    const item = this.#transaction
    this.#transaction = null
    if (item !== null && item.changes.length === 0) this.#desk.pending.drop(item, () => null)
    this.#desk.history.end()
  }

  abandon(): Effect[] {
    const item = this.#transaction
    this.#transaction = null
    const effects = item === null ? [] : this.#desk.takeBack(item)
    this.#desk.history.end()
    return effects
  }

  #existing(path: string): string {
    const file = this.#desk.view.files.atPath(path)?.file
    if (file === undefined) throw new ReplicaError('no_such_file', `There is no file at ${path}.`)
    return file
  }

  /** Answers what carries it. */
  #put(change: Change): Item {
    const { pending } = this.#desk
    if (this.#transaction === null) return pending.push([change])
    pending.extend(this.#transaction, change)
    return this.#transaction
  }
}
