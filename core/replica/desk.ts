/**
 * What a replica works on: the copy of the room, what is pending, and the local texts and list of files that both give. The few
 * things that happen to all of them at once are here, whoever makes them happen: a local text changes, an item is taken back, a
 * file is gone. Messages and submissions are not known here.
 */
import { fileOf, isFileChange } from '../protocol/changes.ts'
import type { Change, CreateChange, RejectCode } from '../protocol/messages.ts'
import { isNoop, type TextOp } from '../text/op.ts'
import { Copy } from './copy.ts'
import type { Effect, Origin, RemovedEffect, TextEffect } from './effects.ts'
import { lossOf, piecesOf } from './losses.ts'
import { type Item, Pending } from './pending.ts'
import { UndoHistory } from './undo-history.ts'
import { View } from './view.ts'

/** Whose change of a text it is. */
export type Whose = Pick<TextEffect, 'origin' | 'user' | 'client'>

const REMOVED = 'The file was removed.'

export class Desk {
  readonly client: string
  user: string | null = null
  readonly copy = new Copy()
  readonly pending = new Pending()
  readonly view = new View(() => this.copy.files, this.pending)
  /** What was done here and can be undone. */
  readonly history = new UndoHistory((n) => this.pending.find(n) !== undefined)
  /**
   * The number of what was sent over the present connection and is not answered; null when nothing is. What it carried may have been
   * taken back already.
   */
  inFlight: number | null = null
  /** The file that is going, and where it was. */
  #going: { readonly file: string; readonly path: string } | null = null

  constructor(client: string) {
    this.client = client
  }

  /** A change of this client's. */
  own(origin: Origin): Whose {
    return { origin, user: this.user, client: this.client }
  }

  /** Where a file is. */
  pathOf(file: string): string | undefined {
    return this.view.files.get(file)?.path ?? this.copy.files.get(file)?.path
  }

  /** What was sent under this number is answered. */
  answered(n: number): void {
    if (this.inFlight === n) this.inFlight = null
  }

  /** An op on a local text, and what is told of it. */
  changeLocal(file: string, op: TextOp, whose: Whose): Effect[] {
    const before = isNoop(op) ? undefined : this.copy.applyLocal(file, op)
    if (before === undefined) return []
    if (whose.origin === 'remote' || whose.origin === 'resync') this.history.carry(file, op)
    return [{ type: 'text', file, before, op, ...whose }]
  }

  /** The list of files is another. */
  relisted(): Effect {
    this.view.invalidate()
    return { type: 'files' }
  }

  /**
   * Takes an item back, out of the local texts and the list of files; and before it what undoes or redoes any of it.
   * @param isTold whether what it carried is told to the application, with what was typed since into files that it created
   */
  takeBack(item: Item, isTold = true): Effect[] {
    const effects: Effect[] = []
    for (const n of this.history.turnsOf(item.n)) {
      const turn = this.pending.find(n)
      if (turn !== undefined) effects.push(...this.takeBack(turn, false))
    }
    const undone = this.pending.drop(item, (file) => this.copy.committedText(file))
    const created = item.changes.flatMap((change) => (this.#isOnlyCreation(change) ? [change] : []))
    for (const [file, op] of undone) {
      const before = this.copy.localText(file)
      if (before === undefined || created.some((change) => change.file === file)) continue
      this.history.refuseEdit(item.n, file, before, op)
      effects.push(...this.changeLocal(file, op, this.own('rollback')))
    }
    this.history.refuse(item.n)
    if (item.changes.some((change) => isFileChange(change) && change.type !== 'edit'))
      effects.push(this.relisted())
    for (const { file, path } of created) {
      if (isTold) this.pending.forget(file)
      effects.push(...this.gone(file, path))
    }
    return effects
  }

  /** A file that is still there otherwise was removed here and created once more: without that, it stays, with what is in it. */
  #isOnlyCreation(change: Change): change is CreateChange {
    if (change.type !== 'create') return false
    return this.copy.files.get(change.file) === undefined && !this.pending.creates(change.file)
  }

  /** Takes an item back that the room refused, or would refuse, and says what was lost. */
  refuse(item: Item, code: RejectCode, message: string): Effect[] {
    const changes = item.changes.map((change) => {
      const file = fileOf(change) ?? ''
      const was = this.#going?.file === file ? this.#going.path : ''
      const path = change.type === 'create' ? change.path : (this.pathOf(file) ?? was)
      return lossOf(change, path, this.copy.localText(file)?.toString())
    })
    return [...this.takeBack(item), { type: 'rejected', code, message, changes }]
  }

  /**
   * A file is gone, by somebody else: what was done to it here and is not in the log goes back to the application. What is in flight
   * comes after the removal, so that the room refuses it: it does not wait here for the answer, since a file that comes back under
   * the same id has another text.
   */
  gone(file: string, path: string): Effect[] {
    const effects: Effect[] = []
    const outer = this.#going
    this.#going = { file, path }
    // The newest first: what undoes an older one is handed back with its content, and not taken back with that.
    for (const item of this.pending.touching(file).reverse()) {
      if (item.typing || this.pending.find(item.n) === undefined) continue
      effects.push(...this.refuse(item, 'no_such_file', REMOVED))
    }
    this.#going = outer
    this.history.forget(file)
    const typed: string[] = []
    for (const { n, changes } of this.pending.forget(file)) {
      const lost = changes.map((change) => lossOf(change, path, undefined))
      if (n !== this.inFlight) typed.push(...lost.flatMap(({ change }) => piecesOf(change)))
      else effects.push({ type: 'rejected', code: 'no_such_file', message: REMOVED, changes: lost })
    }
    const removed = this.removed(file, path)
    const { text } = removed
    if (typed.length > 0) effects.push({ type: 'unsynced', reason: 'file_removed', file, path, text, typed })
    if (this.copy.close(file)) effects.push(removed)
    return effects
  }

  /** What is told when an open file goes. */
  removed(file: string, path: string): RemovedEffect {
    return { type: 'removed', file, path, text: this.copy.localText(file)?.toString() ?? '' }
  }

  /** The committed text here cannot be relied on: it has to come anew. */
  outdated(file: string): Effect {
    this.copy.distrust(file)
    return { type: 'stale', file }
  }
}
