/**
 * Rewrites the history of one file's text as if some of this client's changes had never been made: in the
 * pending items, and in the undo and redo stacks. Whatever reversed them goes too, and every other change
 * keeps its effect.
 */
import { diff } from '../../text/diff.ts'
import type { Hunk } from '../../text/hunks.ts'
import { isNoop, type TextOp } from '../../text/op.ts'
import { Text } from '../../text/text.ts'
import type { Item } from '../pending.ts'
import { Removals } from '../revival.ts'
import type { Layer, Segment } from '../undo/layer.ts'
import { Lineage } from './lineage.ts'

export interface FileWork {
  readonly file: string
  /** The text that the first change applies to; null if that is the first creation among them. */
  readonly base: Text | null
  /** All pending items, oldest first. */
  readonly items: readonly Item[]
  /** The file's undo and redo stacks, as settled layers, oldest first. */
  readonly stacks: readonly (readonly Layer[])[]
  /** Keys of the changes that the change with this key undoes or redoes. */
  backOf(key: number): ReadonlySet<number>
}

const NOTHING: ReadonlySet<number> = new Set()

/** What to take out: changes with these keys, or everything done at these places of the base. */
export type Out = { readonly keys: ReadonlySet<number> } | { readonly places: readonly Hunk[] }

/**
 * Rewrites items and layers in place. Empty edits are dropped; an item may be empty afterwards.
 * @returns the op from the old local text to the new one
 * @throws OpError if the changes do not fit each other; then nothing is changed
 */
export function rewriteText({ file, base, items, stacks, backOf }: FileWork, out: Out): TextOp {
  const writes: (() => void)[] = []
  const main = new MainLine(file, base, backOf)
  for (const item of items) main.add(item, writes)
  const { lineage, earlier } = main
  if (lineage === null) return []
  const keys = new Set('keys' in out ? out.keys : [])
  let unnamed = 0
  for (const layers of stacks) {
    const line = lineage.branch()
    let next = 0
    for (const layer of [...layers].reverse()) {
      const begin = next
      const places = new Map<Segment, number>()
      for (const segment of [...layer.segments].reverse()) {
        const { op, key } = segment
        next = lineage.add(line, { key: --unnamed, op, back: key === null ? NOTHING : new Set([key]) }) + 1
        places.set(segment, next - 1)
        // What undoes a change that never happened goes as a whole, including everything it would have
        // restored.
        if (key !== null && keys.has(key)) keys.add(unnamed)
      }
      writes.push(() => {
        if (layer.text !== null) layer.text = Text.from(lineage.text(line, begin))
        layer.segments = layer.segments.filter((segment) => {
          if (isNoop(segment.op)) return true
          segment.op = lineage.op(line, places.get(segment) ?? begin)
          return !isNoop(segment.op)
        })
      })
    }
  }
  if ('keys' in out) for (const one of [...earlier, lineage]) one.forget(keys)
  else (earlier[0] ?? lineage).forgetAt(out.places)
  for (const write of writes) write()
  return lineage.difference
}

/**
 * All pending edits of a file's text, as one op on its base. Text that was deleted and restored does not
 * count as changed.
 * @throws OpError if the changes do not fit each other
 */
export function netOp({ file, base, items, backOf }: Omit<FileWork, 'stacks'>): TextOp {
  const main = new MainLine(file, base, backOf)
  for (const item of items) main.add(item, [])
  return main.lineage?.op(0, 0, Number.POSITIVE_INFINITY) ?? []
}

/** The pending items, added to a lineage one by one. */
class MainLine {
  /** The lineage that leads to the local text. */
  lineage: Lineage | null
  /** Lineages that end with a removal, oldest first: what restores the file restores an earlier text. */
  readonly earlier: Lineage[] = []
  readonly #removals = new Removals<true>()
  readonly #file: string
  readonly #backOf: FileWork['backOf']
  /** Number of steps so far. */
  #count = 0

  constructor(file: string, base: Text | null, backOf: FileWork['backOf']) {
    this.#file = file
    this.#backOf = backOf
    this.lineage = base === null ? null : new Lineage(base)
  }

  /** @param writes receives the functions that put the item's new ops in place */
  add(item: Item, writes: (() => void)[]): void {
    const news = new Map<object, () => object | null>()
    for (const change of item.changes) {
      if (change.type === 'remove' && change.file === this.#file) this.#removals.add(item, true)
      else if (change.type === 'create' && change.file === this.#file) {
        if (this.lineage !== null && this.#removals.isOther(change)) {
          this.earlier.push(this.lineage)
          this.lineage = null
          this.#count = 0
        }
        const isFirst = this.lineage === null
        this.lineage ??= new Lineage(Text.from(change.text))
        const { lineage } = this
        const at = this.#count
        if (!isFirst) news.set(change, () => ({ ...change, text: lineage.text(0, at) }))
      } else if (change.type === 'edit' && change.file === this.#file) {
        const { lineage } = this
        if (lineage === null) continue
        const from = this.#count
        if (item.parts.length > 0) this.#addParts(lineage, item, change.op, writes)
        else this.#step(lineage, item.key, change.op)
        const to = this.#count
        news.set(change, () => {
          const op = lineage.op(0, from, to)
          return isNoop(op) && !isNoop(change.op) ? null : { ...change, op }
        })
      }
    }
    if (news.size === 0) return
    writes.push(() => {
      item.changes = item.changes.flatMap((change) => {
        const renew = news.get(change)
        const renewed = renew === undefined ? change : renew()
        return renewed === null ? [] : [renewed as typeof change]
      })
    })
  }

  #addParts(lineage: Lineage, item: Item, op: TextOp, writes: (() => void)[]): void {
    const begin = this.#count
    const after = Text.from(lineage.text(0, begin)).apply(op)
    item.parts.forEach((part, i) => {
      const from = this.#count
      this.#step(lineage, part.key, part.op)
      // Parts are transformed one by one, the edit as a whole: the results may differ.
      if (i === item.parts.length - 1)
        this.#step(lineage, part.key, diff(Text.from(lineage.text(0, this.#count)), after))
      const to = this.#count
      writes.push(() => {
        part.op = lineage.op(0, from, to)
      })
    })
    writes.push(() => {
      item.parts = item.parts.filter((part) => !isNoop(part.op))
    })
  }

  /** Appends a step to the main line. */
  #step(lineage: Lineage, key: number, op: TextOp): void {
    lineage.add(0, { key, op, back: this.#backOf(key) })
    this.#count++
  }
}
