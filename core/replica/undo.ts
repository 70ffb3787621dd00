/**
 * Takes back what this client did, and does it again: as a change like any other, in one submission. Each part is done as far as it
 * still can be: what others made impossible is left out, and an entry of which nothing is left is passed over.
 */
import { isNoop } from '../text/op.ts'
import type { Desk } from './desk.ts'
import type { Drafts } from './drafts.ts'
import type { Effect } from './effects.ts'
import type { Entry, Step } from './undo-entry.ts'

export class Undo {
  readonly #desk: Desk
  readonly #drafts: Drafts

  constructor(desk: Desk, drafts: Drafts) {
    this.#desk = desk
    this.#drafts = drafts
  }

  /**
   * Within a transaction nothing is undone.
   * @param file only entries that touch this file (its id) count; what lies above such an entry in its other files goes with it
   * @returns nothing when there was nothing to do
   */
  turn(doing: 'undo' | 'redo', file?: string): Effect[] {
    const { history } = this.#desk
    if (!history.has(doing, file) || !this.#drafts.begin(doing)) return []
    const { transaction } = this.#drafts
    let effects: Effect[] = []
    for (let entries = history.take(doing, file); entries.length > 0; entries = history.take(doing, file)) {
      effects = entries.flatMap((entry) => this.#apply(entry))
      if (transaction !== null) history.turned(transaction.n, entries)
      if (effects.length > 0) break
    }
    this.#drafts.commit()
    return effects
  }

  #apply(entry: Entry): Effect[] {
    const { history, copy, view } = this.#desk
    const effects = entry.steps.flatMap((step) => this.#step(step, entry))
    for (const [file, { op }] of entry.layers) {
      if (view.files.get(file) === undefined || copy.localText(file) === undefined) history.forget(file)
      else if (!isNoop(op)) effects.push(...this.#drafts.edit(file, op))
    }
    return effects
  }

  #step(step: Step, entry: Entry): Effect[] {
    const { copy, view } = this.#desk
    const { file } = step
    const path = view.files.get(file)?.path
    if (step.type === 'create') {
      const text = entry.layers.get(file)?.text
      if (text == null || path !== undefined || !view.isFree(step.path)) return []
      if (step.open) copy.open(file)
      return this.#drafts.create(file, step.path, text.toString())
    }
    if (path === undefined) return []
    if (step.type === 'remove') return this.#drafts.remove(path, step.text)
    return path === step.from && view.isFree(step.to, file) ? this.#drafts.rename(path, step.to) : []
  }
}
