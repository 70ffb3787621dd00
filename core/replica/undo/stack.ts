/**
 * A stack of entries, newest last: the undo stack or the redo stack. For each file it has the layers of all
 * entries, one on top of another; changes by others go to the topmost, and down from there as entries are
 * taken.
 *
 * Invariant: the layers of a file, from the top, apply to its local text one after another. The size is
 * bounded: the oldest entries are dropped.
 *
 * Long because it is one data structure, and its layers mean something only together.
 */
import type { TextOp } from '../../text/op.ts'
import type { Text } from '../../text/text.ts'
import { Entry, type ReviveStep, type Step } from './entry.ts'
import { type IsPending, Layer } from './layer.ts'

/** Maximum number of entries, and of UTF-16 units of text in them. */
export const MOST_ENTRIES = 500
export const MOST_UNITS = 2 * 1024 * 1024

/** The contents of a stack. */
export interface Shelved {
  readonly entries: readonly Entry[]
  readonly layers: ReadonlyMap<string, Layer[]>
  readonly made: readonly string[]
}

/** A rename that was taken back. */
export interface Move {
  readonly file: string
  /** The path that it had given to the file. */
  readonly was: string
  /** The path of the file without it. */
  readonly is: string
  /** Keys of the changes behind it for which `was` is that path. */
  readonly after: ReadonlySet<number>
  /** Key of the first change behind them, which renames the file to `was` by itself; null if none does. */
  readonly before: number | null
}

export class UndoStack {
  readonly #isPending: IsPending
  #entries: Entry[] = []
  readonly #layers = new Map<string, Layer[]>()
  /** Superset of the files that an entry removes. */
  readonly #made = new Set<string>()
  /** UTF-16 units of all entries. */
  #units = 0
  /** Incremented whenever the entries change. */
  revision = 0

  constructor(isPending: IsPending) {
    this.#isPending = isPending
  }

  get top(): Entry | undefined {
    return this.#entries.at(-1)
  }

  get size(): number {
    return this.#entries.length
  }

  /** Whether there is any entry, or any for the given file. */
  has(file?: string): boolean {
    return this.#entries.some((entry) => file === undefined || entry.touches(file))
  }

  // ── own changes ─────────────────────────────────────────────────────────────────────────────────────────

  /** @param turn see `Entry` */
  push(turn: object | null): Entry {
    const entry = new Entry(turn)
    this.#entries.push(entry)
    this.revision++
    return entry
  }

  /** @param entry the newest @param inverse applies to the current local text */
  addEdit(entry: Entry, file: string, inverse: TextOp, key: number | null): void {
    this.#layerOf(entry, file).add(inverse, key, this.#isPending)
  }

  /** @param entry the newest */
  addStep(entry: Entry, step: Step): void {
    if (step.type === 'remove') this.#made.add(step.file)
    entry.steps.unshift(step)
  }

  /** The file was removed. @param entry the newest @param text its last text */
  addRemoval(entry: Entry, step: Step, text: Text): void {
    const { file } = step
    // Created and removed in one entry: there is nothing to restore.
    if (entry.removes(file)) {
      this.#cancel(entry, file)
      return
    }
    this.#layerOf(entry, file).text = text
    this.addStep(entry, step)
  }

  /** `addRemoval` for a file whose text is not available. */
  addUnreadRemoval(entry: Entry, step: ReviveStep): void {
    if (entry.removes(step.file)) this.#cancel(entry, step.file)
    else this.addStep(entry, step)
  }

  /** What was committed before a removal is unknown. */
  assume(file: string, key: number): void {
    for (const { steps } of this.#entries)
      for (const step of steps)
        if (step.type === 'create' && step.file === file && step.keys[0] === key) step.isAssumed = true
  }

  /** The seq of a removal became known. */
  removedIn(file: string, key: number, seq: number): void {
    for (const { steps } of this.#entries) {
      for (const step of steps)
        if ((step.type === 'revive' || step.type === 'create') && step.file === file && step.keys[0] === key)
          step.seq = seq
    }
  }

  /**
   * Completes an entry: it is dropped if empty, and the oldest entries are dropped if there are too many.
   */
  close(entry: Entry): void {
    if (entry.isEmpty) this.sweep()
    else this.#units += entry.weigh()
    while (this.#entries.length > MOST_ENTRIES || this.#units > MOST_UNITS) {
      const oldest = this.#entries.shift()
      if (oldest === undefined) break
      this.#units -= oldest.units
      for (const file of oldest.layers.keys()) {
        const layers = this.#layers.get(file) ?? []
        layers.shift()
        if (layers.length === 0) this.#layers.delete(file)
      }
      this.revision++
    }
  }

  clear(): void {
    this.shelve()
  }

  /** Removes everything, to be put back if nothing changes in between. */
  shelve(): Shelved {
    const shelved = { entries: this.#entries, layers: new Map(this.#layers), made: [...this.#made] }
    if (this.#entries.length > 0) {
      this.#layers.clear()
      this.#made.clear()
      this.#keep([])
    }
    return shelved
  }

  putBack({ entries, layers, made }: Shelved): void {
    for (const [file, of] of layers) this.#layers.set(file, of)
    for (const file of made) this.#made.add(file)
    this.#keep([...entries])
  }

  /**
   * Removes the topmost entry (of those that touch `file`, if given) and, before it, the entries above that
   * share any of its files; all with those of the same undo or redo. Newest first, each settled.
   */
  take(file?: string): Entry[] {
    const taken = this.peek(file)
    for (const entry of taken) {
      for (const touched of entry.layers.keys()) {
        const layers = this.#layers.get(touched) ?? []
        layers.pop()
        if (layers.length === 0) this.#layers.delete(touched)
      }
    }
    if (taken.length > 0) this.#keep(this.#entries.filter((entry) => !taken.includes(entry)))
    return taken
  }

  /** The entries that `take` would remove, also settled. */
  peek(file?: string): Entry[] {
    let at = this.#entries.length - 1
    while (at >= 0 && file !== undefined && !this.#entries[at]!.touches(file)) at--
    if (at < 0) return []
    const { turn } = this.#entries[at]!
    while (at > 0 && turn !== null && this.#entries[at - 1]!.turn === turn) at--
    const taken: Entry[] = []
    const files = new Set<string>()
    for (const group of groupsOf(this.#entries.slice(at))) {
      const touched = new Set(group.flatMap((entry) => [...entry.files]))
      if (taken.length > 0 && ![...touched].some((file) => files.has(file))) continue
      taken.unshift(...group.reverse())
      for (const file of touched) files.add(file)
    }
    for (const entry of taken) {
      for (const [touched, layer] of entry.layers) {
        const layers = this.#layers.get(touched) ?? []
        settle(layers, layers.indexOf(layer))
      }
    }
    return taken
  }

  // ── changes by others ───────────────────────────────────────────────────────────────────────────────────

  /** The local text was changed otherwise. */
  carry(file: string, op: TextOp): void {
    this.#layers.get(file)?.at(-1)?.carry(op)
  }

  /** Somebody else changed the file: undoing its creation must no longer remove it. */
  share(file: string): void {
    // Called for every change by others: it must cost nothing if there is nothing to do.
    if (!this.#made.delete(file)) return
    for (const entry of this.#entries) {
      entry.steps = entry.steps.filter((step) => step.type !== 'remove' || step.file !== file)
    }
    this.sweep()
  }

  /** The file is gone, or cannot be followed: nothing about it can be undone. */
  forget(file: string): void {
    this.#layers.delete(file)
    for (const entry of this.#entries) entry.forget(file)
    this.sweep()
  }

  /**
   * The text of the file is no longer followed: edits of it can no longer be undone, but its path and
   * existence can.
   */
  forgetText(file: string): void {
    if (!this.#layers.delete(file)) return
    for (const entry of this.#entries) {
      entry.layers.delete(file)
      // Whoever removed it, the room has its last text.
      entry.steps = entry.steps.map((step) =>
        step.type === 'create' && step.file === file ? { ...step, type: 'revive' } : step,
      )
    }
    this.sweep()
  }

  /**
   * Others changed a text, and the commits that did so are unavailable: edits that the room had before can no
   * longer be undone.
   */
  forgetCommitted(file: string): void {
    // Submissions are answered in order: what is pending is above everything that is not.
    for (const layer of this.layersOf(file))
      layer.segments = layer.segments.filter(({ key }) => key !== null && this.#isPending(key))
    this.sweep()
  }

  /**
   * The text of a file arrived that had none here. If it is not the one that the file had when it was removed
   * here, somebody has brought it back and changed it meanwhile: earlier edits do not apply to it.
   */
  arrived(file: string, text: Text): void {
    const layers = this.#layers.get(file) ?? []
    settle(layers, layers.length - 1)
    if (layers.at(-1)?.text?.equals(text) !== true) this.forgetText(file)
  }

  // ── withdrawn changes ───────────────────────────────────────────────────────────────────────────────────

  /**
   * The layers of a file, oldest first, each settled. Keys of changes taken out of them must be passed to
   * `refuse`.
   */
  layersOf(file: string): readonly Layer[] {
    const layers = this.#layers.get(file) ?? []
    for (let i = layers.length - 1; i >= 0; i--) settle(layers, i)
    return layers
  }

  /** Changes were taken back: drops the steps that would undo them, and entries that become empty. */
  refuse(keys: ReadonlySet<number>): void {
    for (const entry of this.#entries) {
      for (const layer of entry.layers.values())
        layer.segments = layer.segments.filter(({ key }) => key === null || !keys.has(key))
      const isOut = (step: Step) => step.keys.some((key) => keys.has(key))
      for (const { type, file } of entry.steps.filter(isOut)) {
        const layer = type === 'create' ? entry.layers.get(file) : undefined
        if (layer !== undefined) layer.text = null
      }
      entry.steps = entry.steps.filter((step) => !isOut(step))
    }
    this.sweep()
  }

  /** Drops empty layers and entries. */
  sweep(): void {
    for (const [file, layers] of this.#layers) {
      for (let i = layers.length - 1; i >= 0; i--) {
        if (!layers[i]!.isEmpty) continue
        settle(layers, i)
        layers.splice(i, 1)
      }
      if (layers.length === 0) this.#layers.delete(file)
    }
    for (const entry of this.#entries) {
      for (const [file, layer] of entry.layers) if (layer.isEmpty) entry.layers.delete(file)
    }
    if (this.#entries.some((entry) => entry.isEmpty))
      this.#keep(this.#entries.filter((entry) => !entry.isEmpty))
  }

  /** A rename was taken back: later changes have found the file where it is without it. */
  repath({ file, was, is, after, before }: Move): void {
    for (const step of this.#entries.flatMap(({ steps }) => steps)) {
      const [key = 0] = step.keys
      if (step.file !== file || !(after.has(key) || before === key)) continue
      if (step.type === 'rename') {
        if (step.from === was && after.has(key)) step.from = is
        if (step.to === was) step.to = is
      } else if (step.type !== 'remove' && step.path === was) step.path = is
    }
  }

  // ── internals ───────────────────────────────────────────────────────────────────────────────────────────

  /** The entry's layer for a file, on top of all others and settled. */
  #layerOf(entry: Entry, file: string): Layer {
    const layers = this.#layers.get(file) ?? []
    this.#layers.set(file, layers)
    let layer = entry.layers.get(file)
    if (layer === undefined) {
      layer = new Layer()
      entry.layers.set(file, layer)
      layers.push(layer)
    }
    settle(layers, layers.length - 1)
    return layer
  }

  /** A file that an entry creates is removed in it again. */
  #cancel(entry: Entry, file: string): void {
    const steps = entry.steps.filter((step) => step.file !== file || step.type !== 'remove')
    // It was removed before that in the same entry: that removal remains, with the text that it removed.
    if (steps.some((step) => step.file === file)) {
      entry.steps = steps
      return
    }
    const layer = entry.layers.get(file)
    const layers = (this.#layers.get(file) ?? []).filter((other) => other !== layer)
    if (layers.length === 0) this.#layers.delete(file)
    else this.#layers.set(file, layers)
    entry.forget(file)
  }

  /** Replaces the entries. */
  #keep(entries: Entry[]): void {
    this.#entries = entries
    this.#units = entries.reduce((sum, { units }) => sum + units, 0)
    this.revision++
  }
}

/** Entries that one undo or redo made are together; every other is alone. */
function groupsOf(entries: readonly Entry[]): Entry[][] {
  const groups: Entry[][] = []
  for (const entry of entries) {
    const last = groups.at(-1)
    if (entry.turn !== null && last?.[0]?.turn === entry.turn) last.push(entry)
    else groups.push([entry])
  }
  return groups
}

/** Settles one layer: changes by others pass to the next one below, if any. */
function settle(layers: readonly Layer[], at: number): void {
  const below = layers[at]?.settle()
  if (below !== undefined) layers[at - 1]?.carry(below)
}
