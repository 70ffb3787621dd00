/**
 * All characters of a concurrent trace in one order, each with its author and its deleters: so a patch can
 * be located in the text that its author had, whatever was applied since. Shares no code with what it
 * verifies. Simple and slow: each patch takes time linear in the number of characters.
 */
import type { Edit } from '../../client/index.ts'
import type { ConcurrentTransaction } from './concurrent-trace.ts'
import type { Patch } from './patch.ts'

/** The number of transactions seen, by agent. */
export type Seen = ArrayLike<number>

interface Mark {
  readonly agent: number
  /** Number of the agent's transaction, from 1. */
  readonly n: number
}

/** One character. */
interface Item extends Mark {
  readonly char: string
  deleted: Mark[] | null
}

/** The characters that a patch inserts and deletes, wherever they are now. */
export interface Change {
  readonly inserted: readonly Item[]
  readonly deleted: ReadonlySet<Item>
}

/** A paste can have more characters than a call can have arguments. */
const MOST_ARGUMENTS = 10_000

export class Weave {
  #items: Item[] = []

  /**
   * Applies a patch of a transaction.
   * @throws Error if it reaches beyond the text that its author had
   */
  apply({ agent, seen }: ConcurrentTransaction, [position, deletes, text]: Patch): Change {
    const mark = { agent, n: seen[agent] ?? 0 }
    let index = 0
    for (let points = 0; points < position; index++) {
      const item = this.#items[index]
      if (item === undefined) throw new Error('reaches beyond its text')
      if (isVisible(item, seen)) points++
    }
    const deleted = new Set<Item>()
    for (let at = index; deleted.size < deletes; at++) {
      const item = this.#items[at]
      if (item === undefined) throw new Error('reaches beyond its text')
      if (isVisible(item, seen)) deleted.add(item)
    }
    for (const item of deleted) item.deleted = [...(item.deleted ?? []), mark]
    const inserted = [...text].map((char): Item => ({ ...mark, char, deleted: null }))
    if (inserted.length <= MOST_ARGUMENTS) this.#items.splice(index, 0, ...inserted)
    else this.#items = [...this.#items.slice(0, index), ...inserted, ...this.#items.slice(index)]
    return { inserted, deleted }
  }

  /** The text made of the transactions in `seen`. */
  text(seen: Seen): string {
    let text = ''
    for (const item of this.#items) if (isVisible(item, seen)) text += item.char
    return text
  }

  /** The nearest character to the left of `item` for which `holds` is true. */
  leftOf(item: Item, holds: (other: Item) => boolean): Item | null {
    for (let at = this.#items.indexOf(item) - 1; at >= 0; at--) {
      const other = this.#items[at] as Item
      if (holds(other)) return other
    }
    return null
  }
}

/** The characters of one copy of the text, in that copy's order. */
export class Copy {
  readonly #weave: Weave
  #items: Item[]
  readonly #has: Set<Item>

  constructor(weave: Weave, from?: Copy) {
    this.#weave = weave
    this.#items = from === undefined ? [] : [...from.#items]
    this.#has = new Set(this.#items)
  }

  get text(): string {
    return this.#items.map(({ char }) => char).join('')
  }

  /** Applies a change here. @returns the edits of the text, in UTF-16 units */
  take({ inserted, deleted }: Change): Edit[] {
    const [first] = inserted
    const left = first === undefined ? null : this.#weave.leftOf(first, (item) => this.#has.has(item))
    const edits: Edit[] = []
    const items: Item[] = []
    let units = 0
    const insert = () => {
      edits.push({ at: units, remove: 0, insert: inserted.map(({ char }) => char).join('') })
      for (const item of inserted) items.push(item)
    }
    if (first !== undefined && left === null) insert()
    for (const item of this.#items) {
      const end = units + item.char.length
      if (deleted.has(item)) remove(edits, units, end)
      else items.push(item)
      units = end
      if (item === left) insert()
    }
    this.#items = items
    for (const item of deleted) this.#has.delete(item)
    for (const item of inserted) this.#has.add(item)
    return edits
  }

  /**
   * Adopts another order of the same characters. Returns false and does nothing if the characters differ:
   * something was lost or duplicated.
   */
  follow(text: string): boolean {
    const wanted = [...text]
    const { length } = this.#items
    if (wanted.length !== length) return false
    let from = 0
    while (from < length && this.#items[from]?.char === wanted[from]) from++
    let to = length
    while (to > from && this.#items[to - 1]?.char === wanted[to - 1]) to--
    const rest = this.#items.slice(from, to)
    const ordered: Item[] = []
    for (const char of wanted.slice(from, to)) {
      const found = rest.findIndex((item) => item.char === char)
      if (found < 0) return false
      ordered.push(...rest.splice(found, 1))
    }
    this.#items = [...this.#items.slice(0, from), ...ordered, ...this.#items.slice(to)]
    return true
  }
}

function isVisible({ agent, n, deleted }: Item, seen: Seen): boolean {
  if ((seen[agent] ?? 0) < n) return false
  return deleted === null || !deleted.some((by) => (seen[by.agent] ?? 0) >= by.n)
}

/** Appends a removal, merged with the previous edit if they are adjacent. */
function remove(edits: Edit[], from: number, to: number): void {
  const last = edits.at(-1)
  if (last !== undefined && last.at + last.remove === from)
    edits[edits.length - 1] = { ...last, remove: last.remove + to - from }
  else edits.push({ at: from, remove: to - from, insert: '' })
}
