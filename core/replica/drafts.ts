/**
 * What is done here: applied to the local side at once, and put with what is pending. Typing composes; everything else, and what
 * stands in one transaction, is an item of its own.
 */
import type { Change, ChatChange, FileChange, PolicyChange } from '../protocol/messages.ts'
import type { TextOp } from '../text/op.ts'
import { Text } from '../text/text.ts'
import type { Desk } from './desk.ts'
import type { Effect } from './effects.ts'
import type { Item } from './pending.ts'
import { ReplicaError } from './replica-error.ts'

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

  /** @throws ReplicaError `not_open`; OpError when the op does not fit the local text */
  edit(file: string, op: TextOp): Effect[] {
    const { copy, pending } = this.#desk
    if (copy.localText(file) === undefined)
      throw new ReplicaError('not_open', 'Open the file before editing it.')
    const effects = this.#desk.changeLocal(file, op, this.#desk.own('local'))
    if (effects.length === 0) return effects
    if (this.#transaction === null) pending.type(file, op)
    else pending.extend(this.#transaction, { type: 'edit', file, op })
    return effects
  }

  /** @throws ReplicaError `bad_path` or `path_taken` */
  create(file: string, path: string, text: string): Effect[] {
    this.#desk.view.checkPath(path)
    this.#desk.copy.setLocal(file, Text.from(text))
    return this.#restructure({ type: 'create', file, path, text })
  }

  /** @throws ReplicaError `no_such_file`, `bad_path` or `path_taken` */
  rename(from: string, to: string): Effect[] {
    const file = this.#existing(from)
    if (from === to) return []
    this.#desk.view.checkPath(to, file)
    return this.#restructure({ type: 'rename', file, path: to })
  }

  /** @throws ReplicaError `no_such_file` */
  remove(path: string): Effect[] {
    const file = this.#existing(path)
    const effects = this.#restructure({ type: 'remove', file })
    return this.#desk.copy.isOpen(file) ? [...effects, this.#desk.removed(file, path)] : effects
  }

  /** An item of its own, unless the application put it into a transaction. */
  propose(change: PolicyChange | ChatChange): void {
    this.#put(change)
  }

  /** Answers false when a transaction is open already. */
  begin(): boolean {
    if (this.#transaction !== null) return false
    this.#transaction = this.#desk.pending.push([])
    return true
  }

  commit(): void {
    const item = this.#transaction
    this.#transaction = null
    if (item !== null && item.changes.length === 0) this.#desk.pending.drop(item, () => null)
  }

  abandon(): Effect[] {
    const item = this.#transaction
    this.#transaction = null
    return item === null ? [] : this.#desk.takeBack(item)
  }

  #existing(path: string): string {
    const file = this.#desk.view.files.atPath(path)?.file
    if (file === undefined) throw new ReplicaError('no_such_file', `There is no file at ${path}.`)
    return file
  }

  #restructure(change: FileChange): Effect[] {
    this.#put(change)
    return [this.#desk.relisted()]
  }

  #put(change: Change): void {
    const { pending } = this.#desk
    if (this.#transaction === null) pending.push([change])
    else pending.extend(this.#transaction, change)
  }
}
