/**
 * Executes undo and redo: as a change like any other, each entry in a submission of its own. Each part is
 * done as far as it still can be: what others made impossible is left out, and an entry with nothing left to
 * do is skipped.
 */
import { composeOps } from '../../text/compose.ts'
import { isNoop, type TextOp } from '../../text/op.ts'
import { checkEdit, checkSize } from '../bounds.ts'
import type { Drafts } from '../drafts.ts'
import type { Effect } from '../effects.ts'
import type { ReplicaState } from '../replica-state.ts'
import type { Entry, Step } from './entry.ts'

export class Undo {
  readonly #state: ReplicaState
  readonly #drafts: Drafts

  constructor(state: ReplicaState, drafts: Drafts) {
    this.#state = state
    this.#drafts = drafts
  }

  /**
   * Does nothing within a transaction.
   * @param file consider only entries that touch this file (its id); entries above such an entry that share
   *   any of its files are undone with it
   * @returns empty if there was nothing to do
   * @throws ReplicaError `file_too_large` if it would restore more than a file may have; the entry stays on
   *   the stack
   */
  turn(doing: 'undo' | 'redo', file?: string): Effect[] {
    const { history } = this.#state
    this.#check(history.peek(doing, file))
    if (this.#drafts.transaction !== null) return []
    for (let entries = history.take(doing, file); entries.length > 0; entries = history.take(doing, file)) {
      const group = {}
      const effects = entries.flatMap((entry) => this.#turnOne(doing, entry, group))
      if (effects.length > 0) return effects
    }
    return []
  }

  /** @param group see `UndoHistory.begin` */
  #turnOne(doing: 'undo' | 'redo', entry: Entry, group: object): Effect[] {
    const { history } = this.#state
    this.#drafts.begin(doing, group)
    const { transaction } = this.#drafts
    let effects: Effect[] = []
    try {
      effects = this.#apply(entry)
      if (effects.length > 0 && transaction !== null) history.turned(transaction.key, entry)
      for (const { file } of entry.steps) effects.push(...this.#state.separate(file))
    } catch (error) {
      // An open transaction would hold back everything that follows.
      this.#drafts.abandon()
      throw error
    }
    this.#drafts.endTransaction()
    return effects
  }

  /** Once it has begun, nothing may fail. */
  #check(entries: readonly Entry[]): void {
    const { limits, view } = this.#state
    const ops = new Map<string, TextOp[]>()
    for (const entry of entries) {
      for (const step of entry.steps) {
        // Others may have made it larger before the room had its removal.
        const text = step.type === 'create' ? entry.layers.get(step.file)?.text : null
        if (text != null && view.files.get(step.file) === undefined) checkSize(limits, text, null)
      }
      for (const [file, { op }] of entry.layers) ops.set(file, [...(ops.get(file) ?? []), op])
    }
    for (const [file, layers] of ops) {
      const text = this.#state.textOf(file)
      const isMade = entries.some(({ steps }) =>
        steps.some((step) => step.file === file && step.type !== 'rename'),
      )
      if (text !== undefined && view.files.get(file) !== undefined && !isMade)
        checkEdit(limits, text, composeOps(layers))
    }
  }

  #apply(entry: Entry): Effect[] {
    const { history, view } = this.#state
    const effects = entry.steps.flatMap((step) => this.#step(step, entry))
    for (const [file, { op }] of entry.layers) {
      if (isNoop(op)) continue
      // Edits since the file was created in this entry go with it.
      if (view.files.get(file) === undefined && entry.removes(file)) continue
      if (view.files.get(file) === undefined) history.forget(file)
      else if (this.#state.textOf(file) === undefined) history.forgetText(file)
      else effects.push(...this.#drafts.edit(file, op))
    }
    return effects
  }

  #step(step: Step, entry: Entry): Effect[] {
    const { copy, limits, view } = this.#state
    const { file } = step
    const path = view.files.get(file)?.path
    const isFull = limits !== null && view.files.size >= limits.files
    if (step.type === 'create') {
      const text = entry.layers.get(file)?.text
      if (text == null || this.#state.isHere(file) || !view.mayTake(step.path) || isFull) return []
      if (step.open) copy.open(file)
      const isKnown = step.seq > 0 || this.#isPending(step.keys)
      const revives = step.isAssumed && isKnown ? step.seq : undefined
      return this.#drafts.create(file, step.path, text.toString(), { back: step.keys, revives })
    }
    if (step.type === 'revive') {
      const isKnown = step.seq > 0 || this.#isPending(step.keys)
      return !this.#state.isHere(file) && isKnown && !isFull
        ? this.#drafts.revive({ file, path: step.path, seq: step.seq }, step.keys)
        : []
    }
    if (path === undefined) return []
    if (step.type === 'remove') return this.#drafts.remove(path, step.text, step.keys)
    return path === step.from && view.mayTake(step.to, file)
      ? this.#drafts.rename(path, step.to, step.keys)
      : []
  }

  #isPending([key]: readonly number[]): boolean {
    return key !== undefined && this.#state.pending.holder(key) !== undefined
  }
}
