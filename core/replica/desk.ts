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
import { lossOf, typedIn } from './losses.ts'
import { type Item, Pending } from './pending.ts'
import { UndoHistory } from './undo-history.ts'
import { View } from './view.ts'

/** Whose change of a text it is. */
export type Whose = Pick<TextEffect, 'origin' | 'user' | 'client'>

export class Desk {
  readonly client: string
  user: string | null = null
  readonly copy = new Copy()
  readonly pending = new Pending()
  readonly view = new View(() => this.copy.files, this.pending)
  /** What was done here and can be undone. */
  readonly history = new UndoHistory((n) => this.pending.find(n) !== undefined)
  /** What was sent over the present connection and is not answered. */
  inFlight: Item | null = null
  /** Where files were that are gone while changes of theirs still wait for an answer. */
  readonly #lastPaths = new Map<string, string>()

  constructor(client: string) {
    this.client = client
  }

  /** A change of this client's. */
  own(origin: Origin): Whose {
    return { origin, user: this.user, client: this.client }
  }

  /** Where a file is, or was when it went. */
  pathOf(file: string): string | undefined {
    return this.view.files.get(file)?.path ?? this.copy.files.get(file)?.path ?? this.#lastPaths.get(file)
  }

  /** What waited for an answer about a file that is gone is answered. */
  forgetPath(file: string): void {
    this.#lastPaths.delete(file)
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
      if (isTold) this.pending.forget(file, null)
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
      const path = change.type === 'create' ? change.path : (this.pathOf(file) ?? '')
      return lossOf(change, path, this.copy.localText(file)?.toString())
    })
    return [...this.takeBack(item), { type: 'rejected', code, message, changes }]
  }

  /** A file is gone, by somebody else: what was done to it here and not sent goes back to the application. */
  gone(file: string, path: string): Effect[] {
    const effects: Effect[] = []
    this.#lastPaths.set(file, path)
    // None of it can be committed any more; and should the file come back, under its id, it was not meant for that.
    for (const item of this.pending.touching(file)) {
      if (item === this.inFlight || item.typing || this.pending.find(item.n) === undefined) continue
      effects.push(...this.refuse(item, 'no_such_file', 'The file was removed.'))
    }
    this.history.forget(file)
    const typed = this.pending.forget(file, this.inFlight).flatMap(typedIn)
    const removed = this.removed(file, path)
    const { text } = removed
    if (typed.length > 0) effects.push({ type: 'unsynced', reason: 'file_removed', file, path, text, typed })
    if (this.pending.touching(file).length === 0) this.#lastPaths.delete(file)
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
