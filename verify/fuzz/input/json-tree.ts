/**
 * JSON that need not be valid: objects with duplicate keys, numbers that no double can hold, text that is
 * not JSON. A message becomes a tree, which is mutated and serialized again. Trees are mutable and never
 * shared.
 */

/** Serialized verbatim. */
export class Raw {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** An object, with its keys in order. */
export class Fields {
  readonly entries: [key: string, value: Tree][]
  constructor(entries: [key: string, value: Tree][]) {
    this.entries = entries
  }
}

export type Tree = string | number | boolean | null | Raw | Fields | Tree[]

/** A position in a tree that holds a value. */
export interface Slot {
  readonly holder: Tree[] | Fields
  readonly index: number
}

export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return value.map(treeOf)
  if (value instanceof Raw || value instanceof Fields) return value
  if (typeof value === 'object' && value !== null) {
    return new Fields(Object.entries(value).map(([key, field]) => [key, treeOf(field)]))
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return null
}

export function write(tree: Tree): string {
  if (tree instanceof Raw) return tree.text
  if (Array.isArray(tree)) return `[${tree.map(write).join(',')}]`
  if (tree instanceof Fields) {
    return `{${tree.entries.map(([key, value]) => `${JSON.stringify(key)}:${write(value)}`).join(',')}}`
  }
  return Object.is(tree, -0) ? '-0' : JSON.stringify(tree)
}

/** All positions below the root. */
export function slotsOf(tree: Tree): Slot[] {
  if (Array.isArray(tree)) return tree.flatMap((value, index) => [{ holder: tree, index }, ...slotsOf(value)])
  if (!(tree instanceof Fields)) return []
  return tree.entries.flatMap(([, value], index) => [{ holder: tree, index }, ...slotsOf(value)])
}

export function valueAt({ holder, index }: Slot): Tree {
  return (holder instanceof Fields ? holder.entries[index]?.[1] : holder[index]) ?? null
}

export function put({ holder, index }: Slot, value: Tree): void {
  if (!(holder instanceof Fields)) holder[index] = value
  else {
    const entry = holder.entries[index]
    if (entry !== undefined) entry[1] = value
  }
}

export function removeAt({ holder, index }: Slot): void {
  if (holder instanceof Fields) holder.entries.splice(index, 1)
  else holder.splice(index, 1)
}

/** Inserts a value beside the one at a slot: in an object, under the same key. */
export function addAt({ holder, index }: Slot, value: Tree, key?: string): void {
  if (holder instanceof Fields)
    holder.entries.splice(index, 0, [key ?? holder.entries[index]?.[0] ?? '', value])
  else holder.splice(index, 0, value)
}
