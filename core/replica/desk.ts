/**
 * What a replica works on: the copy of the room, what is pending, and the local texts and list of files that both give. The few
 * things that happen to all of them at once are here, whoever makes them happen: a local text changes, an item is taken back, a
 * file is gone. Messages and submissions are not known here.
 */
import { fileOf, isFileChange } from '../protocol/changes.ts'
import type { ClientLimits } from '../protocol/limits.ts'
import type { CreateChange, RejectCode } from '../protocol/messages.ts'
import { composeOps } from '../text/compose.ts'
import { isNoop, type TextOp } from '../text/op.ts'
import { Text } from '../text/text.ts'
import { Copy } from './copy.ts'
import type { Effect, Origin, RemovedEffect, TextEffect } from './effects.ts'
import { insertedText, lossOf, lostTexts } from './losses.ts'
import { partToDrop } from './parts.ts'
import { type Item, Pending } from './pending.ts'
import { type Draft, isCreationOf, type Revival } from './revival.ts'
import { UndoHistory } from './undo-history.ts'
import { View } from './view.ts'

/** Whose change of a text it is. */
export type Whose = Pick<TextEffect, 'origin' | 'user' | 'client'>

const REMOVED = 'The file was removed.'
const OTHER_USER =
  'You are another user now. Whether the room has this already cannot be told, so it is not sent again.'

export class Desk {
  /** The id that the room knows this client by. */
  client: string
  user: string | null = null
  /** What the deployment allows; null as long as no room has said so. */
  limits: ClientLimits | null = null
  readonly copy = new Copy()
  readonly pending = new Pending()
  readonly view = new View(() => this.copy.files, this.pending)
  /** What was done here and can be undone. */
  readonly history = new UndoHistory((key) => this.pending.holder(key) !== undefined)
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

  /** Where a file is, or was before it went. */
  #pathThen(file: string): string {
    return this.pathOf(file) ?? (this.#going?.file === file ? this.#going.path : '')
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
    const keys = item.parts.length > 0 ? item.parts.map(({ key }) => key) : [item.key]
    const effects: Effect[] = []
    for (const key of keys) effects.push(...this.#takeTurnsBack(key, item))
    const undone = this.pending.drop(item, (file) => this.copy.committedText(file))
    const created = item.changes.flatMap((change) => (this.#isOnlyCreation(change) ? [change] : []))
    for (const [file, op] of undone) {
      const before = this.copy.localText(file)
      if (before === undefined || created.some((change) => change.file === file)) continue
      this.history.refuseEdit(keys, file, before, op)
      effects.push(...this.changeLocal(file, op, this.own('rollback')))
    }
    this.history.refuse(keys)
    if (item.changes.some((change) => isFileChange(change) && change.type !== 'edit'))
      effects.push(this.relisted())
    for (const { file, path } of created) {
      if (isTold) this.pending.forget(file)
      effects.push(...this.gone(file, path))
    }
    // A text that came while a file waited to be brought back was passed over.
    for (const { type, file } of item.changes.filter(isFileChange))
      if (type === 'revive') effects.push(...this.wanted(file))
    return effects
  }

  /** Asks the room for the text of a file that is open and committed. */
  wanted(file: string): Effect[] {
    const isOpen = this.copy.isOpen(file) && this.copy.files.get(file) !== undefined
    return isOpen ? [{ type: 'stale', file }] : []
  }

  /** Takes back what undoes or redoes the change of this key. @param item what carries that change */
  #takeTurnsBack(key: number, item: Item): Effect[] {
    return this.history.turnsOf(key).flatMap((turn) => {
      const holder = this.pending.holder(turn)
      return holder === undefined || holder === item ? [] : this.takeBack(holder, false)
    })
  }

  /** A file that is still there otherwise was removed here and created once more: without that, it stays, with what is in it. */
  #isOnlyCreation(change: Draft): change is CreateChange | Revival {
    if (change.type !== 'create' && change.type !== 'revive') return false
    return (
      this.copy.files.get(change.file) === undefined && this.pending.creationOf(change.file) === undefined
    )
  }

  /** Takes an item back that the room refused, or would refuse, and says what was lost. */
  refuse(item: Item, code: RejectCode, message: string): Effect[] {
    const changes = item.changes.map((change) => {
      const file = fileOf(change) ?? ''
      const path = isCreationOf(change, file) ? change.path : this.#pathThen(file)
      return lossOf(change, path, this.copy.localText(file)?.toString())
    })
    const effects = this.takeBack(item)
    const texts = lostTexts(effects, (file) => this.#pathThen(file))
    return [...effects, { type: 'rejected', code, message, changes, texts }]
  }

  /**
   * The room found that typing would make a file, or the room, too large. What does so is taken back, by itself; what else was typed
   * in the file stays, together with what was done there since, and is sent under a new number.
   */
  refuseLarge(item: Item, code: RejectCode, message: string): Effect[] {
    const [edit] = item.changes
    const file = edit?.type === 'edit' && item.typing ? edit.file : null
    const committed = file === null ? null : this.copy.committedText(file)
    if (file === null || committed === null) return this.refuse(item, code, message)
    const limit = code === 'file_too_large' ? (this.limits?.fileBytes ?? null) : null
    const effects: Effect[] = []
    // What waits behind it may make it small enough: then the room is asked once more. That takes knowing the limit.
    let mayStay = limit !== null && this.pending.absorb(item, file, committed)
    while (this.pending.isWaiting(item)) {
      const parts = this.pending.partsOf(item)
      const { bytes } = parts.reduce((text, { op }) => text.apply(op), committed)
      const excess = limit === null ? 0 : bytes - Math.max(limit, committed.bytes)
      if (mayStay && excess <= 0) break
      const part = partToDrop(parts, committed, excess)
      if (part === undefined) break
      effects.push(...this.#dropPart(item, file, part.key, committed))
      mayStay = true
    }
    const path = this.pathOf(file) ?? ''
    const texts = lostTexts(effects, () => path)
    if (texts.length > 0) {
      const changes = texts.map(({ typed }) => {
        return { change: { type: 'edit', file, op: [] } as const, path, text: typed.join('') }
      })
      effects.push({ type: 'rejected', code, message, changes, texts })
    }
    if (!this.pending.isWaiting(item)) return effects
    this.pending.renumber(item)
    return [...effects, { type: 'renumbered' }]
  }

  #dropPart(item: Item, file: string, key: number, committed: Text): Effect[] {
    const effects = this.#takeTurnsBack(key, item)
    for (const turn of this.history.turnsOf(key)) {
      if (this.pending.holder(turn) === item) effects.push(...this.#dropPart(item, file, turn, committed))
    }
    const before = this.copy.localText(file)
    const op = this.pending.dropPart(item, file, key, committed)
    if (before !== undefined) this.history.refuseEdit([key], file, before, op)
    effects.push(...this.changeLocal(file, op, this.own('rollback')))
    this.history.refuse([key])
    return effects
  }

  /** Takes an item back that may be in the log in another user's name, and hands out what it carried. */
  handBack(item: Item): Effect[] {
    return this.refuse(item, 'forbidden', OTHER_USER).flatMap((effect): Effect[] => {
      if (effect.type !== 'rejected') return [effect]
      const made = effect.changes.flatMap(({ change, path, text }) => {
        if (change.type !== 'create' || text === null) return []
        return [{ file: change.file, path, text, typed: [text], pieces: [{ at: 0, text }] }]
      })
      const handed = [...effect.texts, ...made].map((text) => {
        return { type: 'unsynced', reason: 'other_user', ...text } as const
      })
      const rest = effect.changes.filter(({ change }) => change.type !== 'edit' && change.type !== 'create')
      return rest.length === 0 ? handed : [...handed, { ...effect, changes: rest, texts: [] }]
    })
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
      if (item.typing || !this.pending.isWaiting(item)) continue
      effects.push(...this.refuse(item, 'no_such_file', REMOVED))
    }
    this.#going = outer
    this.history.forget(file)
    const text = this.copy.localText(file) ?? Text.empty
    const [sent, waiting] = this.#forgetTyping(file)
    const typing = composeOps(waiting)
    for (const op of sent) {
      const changes = [lossOf({ type: 'edit', file, op }, path, undefined)]
      const texts = [insertedText(file, path, text, op, typing)]
      effects.push({ type: 'rejected', code: 'no_such_file', message: REMOVED, changes, texts })
    }
    const removed = this.removed(file, path)
    const lost = insertedText(file, path, text, typing)
    if (lost.pieces.length > 0) effects.push({ type: 'unsynced', reason: 'file_removed', ...lost })
    if (this.copy.close(file)) effects.push(removed)
    return effects
  }

  /** Takes all typing in a file out. Answers the ops of what is in flight, and of what waits. */
  #forgetTyping(file: string): readonly [sent: TextOp[], waiting: TextOp[]] {
    const sent: TextOp[] = []
    const waiting: TextOp[] = []
    for (const { n, changes } of this.pending.forget(file)) {
      const ops = n === this.inFlight ? sent : waiting
      for (const change of changes) if (change.type === 'edit') ops.push(change.op)
    }
    return [sent, waiting]
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
