/**
 * The state of a replica: the copy of the room, the pending items, and the local texts and file list that
 * result from both. Operations that affect all of them are here: changing a local text, taking an item back,
 * losing a file. Knows no messages and no submissions.
 *
 * Long because each of its operations changes several of its parts at once; what concerns one part is there.
 */
import type { RoomFile } from '../model/files.ts'
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
import { asksFor, type Item, Pending } from './pending.ts'
import { type Draft, isCreationOf, type Revival } from './revival.ts'
import { UndoHistory } from './undo/history.ts'
import { View } from './view.ts'
import { insertedText, lossOf, lostText, lostTexts, typedIn } from './withdrawal/losses.ts'
import { partToDrop } from './withdrawal/parts.ts'
import { Withdrawal } from './withdrawal/withdrawal.ts'

/** Author and origin of a text change. */
export type Whose = Pick<TextEffect, 'origin' | 'user' | 'client'>

/** What becomes of the texts out of which an item was taken, and then of what depended on its files. */
interface TakenOut {
  readonly out: readonly Effect[]
  readonly then: readonly Effect[]
}

type Shown = readonly (readonly [file: string, path: string])[]

const REMOVED = 'The file was removed.'
const OTHER_USER =
  'You are signed in as another user. The room may already have this, so it is not sent again.'

export class ReplicaState {
  /** The id under which the room knows this client. */
  client: string
  user: string | null = null
  /** Limits of the deployment; null until a room has sent them. */
  limits: ClientLimits | null = null
  readonly copy = new Copy()
  readonly pending = new Pending()
  readonly view = new View(() => this.copy.files, this.pending)
  /** What can be undone and redone here. */
  readonly history = new UndoHistory((key) => this.pending.holder(key) !== undefined)
  /**
   * Number of the unanswered submission sent on the current connection; null if there is none. The item may
   * already have been taken back.
   */
  inFlight: number | null = null
  readonly #withdrawal = new Withdrawal(this)
  /** Files being removed, by id: path, and committed text if it was held. */
  readonly #going = new Map<string, { readonly path: string; readonly base: Text | null }>()

  constructor(client: string) {
    this.client = client
  }

  /** A change of this client. */
  own(origin: Origin): Whose {
    return { origin, user: this.user, client: this.client }
  }

  /**
   * The local text of an open file; undefined also while its revival is pending. The text held then is the
   * one from before the removal: other pending items apply to it, but nobody may see it or type into it.
   */
  textOf(file: string): Text | undefined {
    const text = this.copy.localText(file)
    return text === undefined || this.pending.isComingBack(file) ? undefined : text
  }

  /** Sends the edits of a file behind its revival, with which they would be in one submission. */
  separate(file: string): Effect[] {
    const moved = this.pending.separate(file)
    if (moved === null) return []
    this.history.moved(file, moved)
    return [{ type: 'renumbered' }]
  }

  /** Current path of a file. */
  pathOf(file: string): string | undefined {
    return this.view.files.get(file)?.path ?? this.copy.files.get(file)?.path
  }

  /**
   * Whether a file exists here, or its creation is pending: one that the list lacks, since somebody else has
   * taken its path, is still open with its text until the room has refused it.
   */
  isHere(file: string): boolean {
    return this.view.files.get(file) !== undefined || this.pending.comingOf(file) !== null
  }

  /** Path of a file, or its last path while it is being removed. */
  #pathThen(file: string): string {
    return this.pathOf(file) ?? this.#going.get(file)?.path ?? ''
  }

  /** The submission with this number was answered. */
  answered(n: number): void {
    if (this.inFlight === n) this.inFlight = null
  }

  /** Applies an op to a local text and returns the effect. */
  changeLocal(file: string, op: TextOp, whose: Whose): Effect[] {
    const before = isNoop(op) ? undefined : this.copy.applyLocal(file, op)
    if (before === undefined) return []
    if (whose.origin === 'remote' || whose.origin === 'resync') this.history.carry(file, op)
    return [{ type: 'text', file, before, op, ...whose }]
  }

  /**
   * `changeLocal` in two steps, reported as one change.
   * @param out op already applied to the undo history, taking something out of the text
   * @param op applies after `out`
   */
  changeOver(file: string, out: TextOp, op: TextOp, whose: Whose): Effect[] {
    const before = this.copy.localText(file)
    if (before === undefined) return []
    this.copy.setLocal(file, before.apply(out))
    this.changeLocal(file, op, whose)
    const both = composeOps([out, op])
    return isNoop(both) ? [] : [{ type: 'text', file, before, op: both, ...whose }]
  }

  /** The file list changed. */
  relisted(): Effect {
    this.view.invalidate()
    return { type: 'files' }
  }

  /**
   * Takes an item back from the local texts and the file list, with everything that undid or redid any of
   * it.
   * @param isAbandoned whether it was never going to be sent: undo then remains as it was before
   */
  takeBack(item: Item, isAbandoned = false): Effect[] {
    return this.#thoroughly(() => this.#withdraw(item, isAbandoned))
  }

  #withdraw(item: Item, isAbandoned = false): Effect[] {
    const { out, then } = this.#takeOut(item, isAbandoned)
    return [...out, ...then]
  }

  #takeOut(item: Item, isAbandoned = false): TakenOut {
    const made = item.changes.filter((change) => isMaking(change) && !this.#isThereBefore(item, change.file))
    const { structure, texts } = this.#withdrawal.take(item, (file) => {
      if (made.some((change) => isCreationOf(change, file))) return undefined
      return this.#going.get(file)?.base ?? this.copy.committedText(file)
    })
    const out: Effect[] = []
    const then: Effect[] = []
    for (const [file, op] of texts) {
      if (op === null) then.push(...this.surrender(file))
      else out.push(...this.changeLocal(file, op, this.own('rollback')))
    }
    if (structure.some(isFileChange)) then.push(this.relisted())
    for (const change of structure) {
      if (!isMaking(change)) continue
      if (made.includes(change)) {
        const { file, path } = change
        // The loss of a creation has everything typed since; that of a revival has no text.
        const isCreated = made.some((other) => other.type === 'create' && other.file === file)
        if (isCreated) this.pending.forget(file)
        then.push(...this.#lose(file, path, isCreated ? null : lastText(structure, file), isAbandoned))
      } else then.push(...this.#fallBack(change), ...this.#dropMoot(change.file))
    }
    return { out, then }
  }

  /** Takes changes back, with everything that depends on the files that are not there without them. */
  #thoroughly(takeBack: () => Effect[]): Effect[] {
    const shown = this.#shown()
    const effects = takeBack()
    effects.push(...this.#vanished(shown))
    return effects
  }

  /** Refuses pending changes of a file that no longer exists at that point, before the room does. */
  #dropMoot(file: string): Effect[] {
    const isThere = this.copy.files.get(file) !== undefined
    const found = () => this.pending.moot(file, isThere).filter(({ typing }) => !typing)
    const effects: Effect[] = []
    for (let items = found(); items.length > 0; items = found()) {
      for (const item of items)
        if (this.pending.isWaiting(item)) effects.push(...this.#refuse(item, 'no_such_file', REMOVED))
    }
    return effects
  }

  /** Open files in the list, with their paths. */
  #shown(): Shown {
    const files = [...this.view.files.values()].filter(({ file }) => this.copy.isOpen(file))
    return files.map(({ file, path }) => [file, path] as const)
  }

  /**
   * Of these files, those that disappear because the undo of their removal was taken back: returns what was
   * typed since.
   */
  #vanished(shown: Shown): Effect[] {
    return shown.flatMap(([file, path]): Effect[] => {
      if (!this.copy.isOpen(file) || this.view.files.get(file) !== undefined) return []
      // Its path is taken according to the local view; the room decides whether the file gets it.
      if (this.pending.comingOf(file) !== null) return []
      const removed = this.removed(file, path)
      const effects: Effect[] = []
      for (const item of this.pending.typedAfterRemoval(file).reverse()) effects.push(...this.#withdraw(item))
      const [lost] = lostTexts(effects, () => path)
      if (lost !== undefined) effects.push({ type: 'unsynced', reason: 'file_removed', ...lost })
      return [...effects, removed]
    })
  }

  /** Takes back a creation of a file that exists without it, with the text it has then. */
  #fallBack({ file, ...change }: CreateChange | Revival): Effect[] {
    const record = this.copy.files.get(file)
    if (record === undefined) return []
    if (change.type === 'create' && record.text === null) {
      // As far as is known here, this is its text, into which everything since was typed.
      if (this.copy.isOpen(file)) this.copy.assume(file, Text.from(change.text))
      else this.copy.unloadCreated(file)
    }
    // A text that arrived while the revival was pending was ignored.
    return this.wanted(file)
  }

  /**
   * Takes out local changes at these places, where they conflict with the room's changes or duplicate them.
   * @param committed the text that the places refer to
   */
  takeOut(file: string, committed: Text, places: readonly Hunk[]): TextOp | null {
    return this.#withdrawal.takeAt(file, committed, places)
  }

  /**
   * What all pending items do to a committed text, without text that was deleted and restored; null if the
   * changes do not fit each other.
   */
  net(file: string, committed: Text): TextOp | null {
    return this.#withdrawal.net(file, committed)
  }

  /**
   * The changes of a text do not fit each other: returns them to the application, and falls back to the
   * room's text.
   */
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

  /** Requests the text of an open file from the room, if it is missing. */
  wanted(file: string): Effect[] {
    return this.copy.isWanted(file) ? [{ type: 'stale', file }] : []
  }

  /**
   * Whether a file exists without this item: it was removed and created again here, so without both it
   * remains with its content.
   */
  #isThereBefore(item: Item, file: string): boolean {
    const isMade = (change: Draft) => isCreationOf(change, file)
    return (
      this.copy.files.get(file) !== undefined ||
      this.pending.before(item).some(({ changes }) => changes.some(isMade))
    )
  }

  /** Takes back an item that the room refused or would refuse, and reports what was lost. */
  refuse(item: Item, code: RejectCode, message: string): Effect[] {
    return this.#thoroughly(() => this.#refuse(item, code, message))
  }

  #refuse(item: Item, code: RejectCode, message: string): Effect[] {
    const changes = this.#lossesOf(item)
    const { out, then } = this.#takeOut(item)
    const texts = lostTexts(out, (file) => this.#pathThen(file))
    return [...out, ...then, { type: 'rejected', code, message, changes, texts }]
  }

  /** `refuse` for an item that does not fit the texts here, so that it cannot be taken out of them. */
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
      // Nothing is lost if the file exists without this change.
      if (change.type === 'create' && this.#isThereBefore(item, file))
        return { change, path: change.path, text: null }
      const path = isCreationOf(change, file) ? change.path : this.#pathThen(file)
      return lossOf(change, path, this.copy.localText(file)?.toString())
    })
  }

  /**
   * The room refused typing because it makes a file, or the room, too large. Takes back only the part
   * responsible; everything else that was typed in the file stays, together with later changes, and is sent
   * under a new number.
   */
  refuseLarge(item: Item, code: RejectCode, message: string): Effect[] {
    const [edit] = item.changes
    const file = edit?.type === 'edit' && item.typing ? edit.file : null
    const committed = file === null ? null : this.copy.committedText(file)
    if (file === null || committed === null) return this.refuse(item, code, message)
    const limit = code === 'file_too_large' ? (this.limits?.fileBytes ?? null) : null
    const effects: Effect[] = []
    // The items behind it may make it small enough, and then it is sent again. This requires knowing the
    // limit.
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

  /**
   * Takes back an item that may be in the log under another user, and returns its content to the
   * application.
   */
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
   * A file was removed by somebody else: local changes of it that are not in the log go back to the
   * application. A submission in flight will arrive after the removal and be refused; this does not wait for
   * the answer, since a file revived under the same id has a different text.
   * @param base the committed text held here; null if there was none
   */
  gone(file: string, path: string, base: Text | null): Effect[] {
    return this.goneTogether([{ file, path, text: base }])
  }

  /** `gone` for files that are removed at once: what depends on them is taken back after the last of them. */
  goneTogether(files: readonly Pick<RoomFile, 'file' | 'path' | 'text'>[]): Effect[] {
    return this.#thoroughly(() => {
      // What goes with one of them may also have changed another, which is not in the room's list any more.
      for (const { file, path, text } of files) this.#going.set(file, { path, base: text })
      return files.flatMap(({ file, path, text }) => this.#lose(file, path, text))
    })
  }

  /**
   * @param isAbandoned whether it disappears since its creation, never to be sent, is taken back
   */
  #lose(file: string, path: string, base: Text | null, isAbandoned = false): Effect[] {
    const effects: Effect[] = []
    this.#going.set(file, { path, base })
    const { first } = this.pending
    // Oldest first: changes that undo an item go with it, and later changes keep their effect. An item goes
    // as a whole, also if what it did in the file has just gone with an item before it.
    for (const item of this.pending.touching(file)) {
      if (item.typing || !this.pending.isWaiting(item)) continue
      // It may be in flight, and the room may restore the file after this removal.
      if (item === first && item.sent && asksFor(item, file)) continue
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

  /** Removes all typing in a file. Returns the ops in flight and those waiting. */
  #forgetTyping(file: string): readonly [sent: TextOp[], waiting: TextOp[]] {
    const sent: TextOp[] = []
    const waiting: TextOp[] = []
    for (const { n, changes } of this.pending.forget(file)) {
      const ops = n === this.inFlight ? sent : waiting
      for (const change of changes) if (change.type === 'edit') ops.push(change.op)
    }
    return [sent, waiting]
  }

  /** The effect for an open file that is removed. */
  removed(file: string, path: string): RemovedEffect {
    return { type: 'removed', file, path, text: this.textOf(file)?.toString() ?? '' }
  }

  /** The committed text cannot be relied on and must be fetched again. */
  outdated(file: string): Effect {
    this.copy.distrust(file)
    return { type: 'stale', file }
  }
}

/** The text to which later edits of a file apply, if the last of these changes to create it is known. */
function lastText(changes: readonly Draft[], file: string): Text | null {
  const texts = changes.flatMap((change) => {
    return change.type === 'create' && change.file === file ? [change.text] : []
  })
  const last = texts.at(-1)
  return last === undefined ? null : Text.from(last)
}

function isMaking(change: Draft): change is CreateChange | Revival {
  return change.type === 'create' || change.type === 'revive'
}
