/**
 * What a replica works on: the copy of the room, what is pending, and the local texts and list of files that both give. The few
 * things that happen to all of them at once are here, whoever makes them happen: a local text changes, an item is taken back, a
 * file is gone. Messages and submissions are not known here.
 */
import { fileOf, isFileChange } from '../protocol/changes.ts'
import type { ClientLimits } from '../protocol/limits.ts'
import type { CreateChange, RejectCode } from '../protocol/messages.ts'
import { composeOps } from '../text/compose.ts'
import { diff } from '../text/diff.ts'
import type { Hunk } from '../text/hunks.ts'
import { isNoop, type TextOp } from '../text/op.ts'
import { Text } from '../text/text.ts'
import { Copy } from './copy.ts'
import type { Effect, LostChange, Origin, RemovedEffect, TextEffect } from './effects.ts'
import { type Item, Pending, touches } from './pending.ts'
import { type Draft, isCreationOf, type Revival } from './revival.ts'
import { UndoHistory } from './undo/history.ts'
import { View } from './view.ts'
import { insertedText, lossOf, lostText, lostTexts, typedIn } from './withdrawal/losses.ts'
import { partToDrop } from './withdrawal/parts.ts'
import { Withdrawal } from './withdrawal/withdrawal.ts'

/** Whose change of a text it is. */
export type Whose = Pick<TextEffect, 'origin' | 'user' | 'client'>

type Shown = readonly (readonly [file: string, path: string])[]

const REMOVED = 'The file was removed.'
const OTHER_USER =
  'You are another user now. Whether the room has this already cannot be told, so it is not sent again.'

export class ReplicaState {
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
  readonly #withdrawal = new Withdrawal(this)
  /** Files that are going, by id: where each was, and its committed text, as far as it was here. */
  readonly #going = new Map<string, { readonly path: string; readonly base: Text | null }>()

  constructor(client: string) {
    this.client = client
  }

  /** A change of this client's. */
  own(origin: Origin): Whose {
    return { origin, user: this.user, client: this.client }
  }

  /**
   * The local text of a file that is open; undefined also while the file waits to be brought back. What is held of it then is the
   * text from before its removal: that text stays for what else waits, and nobody may see it or type into it.
   */
  textOf(file: string): Text | undefined {
    const text = this.copy.localText(file)
    return text === undefined || this.pending.isComingBack(file) ? undefined : text
  }

  /** Where a file is. */
  pathOf(file: string): string | undefined {
    return this.view.files.get(file)?.path ?? this.copy.files.get(file)?.path
  }

  /** Where a file is, or was before it went. */
  #pathThen(file: string): string {
    return this.pathOf(file) ?? this.#going.get(file)?.path ?? ''
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

  /**
   * As `changeLocal`, told as one change.
   * @param out what was taken out of the text, and of what can be undone, before @param op applies after that
   */
  changeOver(file: string, out: TextOp, op: TextOp, whose: Whose): Effect[] {
    const before = this.copy.localText(file)
    if (before === undefined) return []
    this.copy.setLocal(file, before.apply(out))
    this.changeLocal(file, op, whose)
    const both = composeOps([out, op])
    return isNoop(both) ? [] : [{ type: 'text', file, before, op: both, ...whose }]
  }

  /** The list of files is another. */
  relisted(): Effect {
    this.view.invalidate()
    return { type: 'files' }
  }

  /**
   * Takes an item back, out of the local texts and the list of files, and with it whatever undid or redid any of it.
   * @param isAbandoned whether it was never to be sent: what was done before it can be undone as before
   */
  takeBack(item: Item, isAbandoned = false): Effect[] {
    const shown = this.#shown()
    return [...this.#withdraw(item, isAbandoned), ...this.#vanished(shown)]
  }

  #withdraw(item: Item, isAbandoned = false): Effect[] {
    const made = item.changes.filter((change) => isMaking(change) && !this.#isThereBefore(item, change.file))
    const { structure, texts } = this.#withdrawal.take(item, (file) => {
      if (made.some((change) => isCreationOf(change, file))) return undefined
      return this.#going.get(file)?.base ?? this.copy.committedText(file)
    })
    const effects: Effect[] = []
    for (const [file, op] of texts) {
      if (op === null) effects.push(...this.surrender(file))
      else effects.push(...this.changeLocal(file, op, this.own('rollback')))
    }
    if (structure.some(isFileChange)) effects.push(this.relisted())
    for (const change of structure) {
      if (!isMaking(change)) continue
      if (made.includes(change)) {
        this.pending.forget(change.file)
        effects.push(...this.#lose(change.file, change.path, null, true, isAbandoned))
      } else effects.push(...this.#fallBack(change), ...this.#dropMoot(change.file))
    }
    return effects
  }

  /** What waits to be done to a file that is not there any more by then is refused before the room does so. */
  #dropMoot(file: string): Effect[] {
    const next = () => this.pending.firstMoot(file, this.copy.files.get(file) !== undefined)
    const effects: Effect[] = []
    for (let item = next(); item !== undefined; item = next())
      effects.push(...this.#refuse(item, 'no_such_file', REMOVED))
    return effects
  }

  /** Files that are open and in the list, with where they are. */
  #shown(): Shown {
    const files = [...this.view.files.values()].filter(({ file }) => this.copy.isOpen(file))
    return files.map(({ file, path }) => [file, path] as const)
  }

  /** Of these files, those that a removal takes away that was undone before: what was typed since is handed out. */
  #vanished(shown: Shown): Effect[] {
    return shown.flatMap(([file, path]): Effect[] => {
      if (!this.copy.isOpen(file) || this.view.files.get(file) !== undefined) return []
      // Its path is taken as it looks here: whether it gets that the room says.
      if (this.pending.comingOf(file) !== null) return []
      const removed = this.removed(file, path)
      const effects: Effect[] = []
      for (const item of this.pending.typedAfterRemoval(file).reverse()) effects.push(...this.#withdraw(item))
      const [lost] = lostTexts(effects, () => path)
      if (lost !== undefined) effects.push({ type: 'unsynced', reason: 'file_removed', ...lost })
      return [...effects, removed]
    })
  }

  /** A creation is taken back of a file that is there without it, with the text that is there then. */
  #fallBack({ file, ...change }: CreateChange | Revival): Effect[] {
    const record = this.copy.files.get(file)
    if (record === undefined) return []
    if (change.type === 'create' && record.text === null) {
      // As far as is known here that is its text, and what was typed since was typed into that.
      if (this.copy.isOpen(file)) this.copy.assume(file, Text.from(change.text))
      else this.copy.unloadCreated(file)
    }
    // A text that came while a file waited to be brought back was passed over.
    return this.wanted(file)
  }

  /**
   * Takes out what was done here to a text at these places, which is in conflict with what the room did there, or the same.
   * @param committed the text that they are places of
   */
  takeOut(file: string, committed: Text, places: readonly Hunk[]): TextOp | null {
    return this.#withdrawal.takeAt(file, committed, places)
  }

  /**
   * What all that waits does to a committed text, without what was deleted and given back; null where nobody can tell, since the
   * changes do not fit each other.
   */
  net(file: string, committed: Text): TextOp | null {
    return this.#withdrawal.net(file, committed)
  }

  /** Changes of a text do not fit each other any more: they are handed out, and the room's text is taken. */
  surrender(file: string): Effect[] {
    const before = this.copy.localText(file) ?? Text.empty
    const path = this.#pathThen(file)
    const typed = this.pending.discardEdits(file).flatMap((op) => typedIn(op))
    this.history.forget(file)
    const pieces = typed.map((text) => ({ at: 0, text }))
    const effects: Effect[] = [
      { type: 'unsynced', reason: 'conflict', ...lostText(file, path, before, pieces) },
    ]
    const creation = this.pending.creationOf(file)
    const text = creation?.type === 'create' ? Text.from(creation.text) : this.copy.committedText(file)
    if (text === null) return effects
    effects.push(...this.changeLocal(file, diff(before, text), this.own('rollback')))
    return [...effects, this.outdated(file)]
  }

  /** Asks the room for the text of a file that is open, where it is not here. */
  wanted(file: string): Effect[] {
    return this.copy.isWanted(file) ? [{ type: 'stale', file }] : []
  }

  /** A file that is there otherwise was removed here and created once more: without that, it stays, with what is in it. */
  #isThereBefore(item: Item, file: string): boolean {
    const isMade = (change: Draft) => isCreationOf(change, file)
    return (
      this.copy.files.get(file) !== undefined ||
      this.pending.before(item).some(({ changes }) => changes.some(isMade))
    )
  }

  /** Takes an item back that the room refused, or would refuse, and says what was lost. */
  refuse(item: Item, code: RejectCode, message: string): Effect[] {
    const shown = this.#shown()
    return [...this.#refuse(item, code, message), ...this.#vanished(shown)]
  }

  #refuse(item: Item, code: RejectCode, message: string): Effect[] {
    const changes = this.#lossesOf(item)
    const effects = this.#withdraw(item)
    const texts = lostTexts(effects, (file) => this.#pathThen(file))
    return [...effects, { type: 'rejected', code, message, changes, texts }]
  }

  /** As `refuse`, of an item that does not fit what is here: nobody can tell how to take it out of the texts that it changes. */
  letGo(item: Item, code: RejectCode, message: string): Effect[] {
    const changes = this.#lossesOf(item)
    const files = item.changes.flatMap((change) => (change.type === 'edit' ? [change.file] : []))
    const effects: Effect[] = [{ type: 'rejected', code, message, changes, texts: [] }]
    for (const file of files) effects.push(...this.surrender(file))
    if (this.pending.isWaiting(item)) effects.push(...this.takeBack(item))
    return effects
  }

  #lossesOf(item: Item): LostChange[] {
    return item.changes.map((change) => {
      const file = fileOf(change) ?? ''
      // Nothing is lost of a file that is there without that.
      if (change.type === 'create' && this.#isThereBefore(item, file))
        return { change, path: change.path, text: null }
      const path = isCreationOf(change, file) ? change.path : this.#pathThen(file)
      return lossOf(change, path, this.copy.localText(file)?.toString())
    })
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
      const op = this.#withdrawal.takePart(item, file, part.key)
      if (op === null) effects.push(...this.surrender(file))
      else effects.push(...this.changeLocal(file, op, this.own('rollback')))
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
   * @param base the committed text that it had here; null where it had none
   */
  gone(file: string, path: string, base: Text | null): Effect[] {
    const shown = this.#shown()
    return [...this.#lose(file, path, base), ...this.#vanished(shown)]
  }

  /** @param isUnmade whether it is gone since its creation was taken back @param isAbandoned whether that was never to be sent */
  #lose(file: string, path: string, base: Text | null, isUnmade = false, isAbandoned = false): Effect[] {
    const effects: Effect[] = []
    this.#going.set(file, { path, base })
    // The oldest first: what undoes it goes with it, and what was done since keeps its effect.
    for (const item of this.pending.touching(file)) {
      if (item.typing || !this.pending.isWaiting(item)) continue
      // What was to bring back a file that never was may have gone with its removal, and the rest of its transaction stays.
      if (isUnmade && !touches(item, file)) continue
      effects.push(...this.#refuse(item, 'no_such_file', REMOVED))
    }
    this.#going.delete(file)
    if (!isAbandoned) this.history.forget(file)
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
    return { type: 'removed', file, path, text: this.textOf(file)?.toString() ?? '' }
  }

  /** The committed text here cannot be relied on: it has to come anew. */
  outdated(file: string): Effect {
    this.copy.distrust(file)
    return { type: 'stale', file }
  }
}

function isMaking(change: Draft): change is CreateChange | Revival {
  return change.type === 'create' || change.type === 'revive'
}
