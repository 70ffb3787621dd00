/**
 * Takes changes of this client out of the pending items and the undo history, as if they had never been
 * made, with everything that undid or redid them, and nothing else. It changes no local text: it returns
 * what becomes of each.
 */
import type { Hunk } from '../../text/hunks.ts'
import { OpError, type TextOp } from '../../text/op.ts'
import type { Text } from '../../text/text.ts'
import type { Copy } from '../copy.ts'
import type { Following, Item, Pending } from '../pending.ts'
import type { Draft } from '../revival.ts'
import type { UndoHistory } from '../undo/history.ts'
import type { Move } from '../undo/stack.ts'
import { type FileWork, netOp, type Out, rewriteText } from './rewrite.ts'

interface Parts {
  readonly copy: Copy
  readonly pending: Pending
  readonly history: UndoHistory
}

/** What was taken out. */
export interface Withdrawn {
  /** Changes of the file list, from the item and from what reversed them. */
  readonly structure: readonly Draft[]
  /** By file, the op for its local text; null if its changes do not fit each other. */
  readonly texts: ReadonlyMap<string, TextOp | null>
}

export class Withdrawal {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Takes an item out.
   * @param baseOf the text that the first change of a file applies to; undefined if the file no longer
   *   matters
   */
  take(item: Item, baseOf: (file: string) => Text | null | undefined): Withdrawn {
    const { pending, history } = this.#parts
    const keys = history.withTurnsOf(keysOf(item))
    const structure = pending.items.flatMap((other) =>
      other.changes.filter((change) => change.type !== 'edit' && (other === item || reverses(change, keys))),
    )
    const moves = this.#movesOf(item)
    const texts = new Map<string, TextOp | null>()
    for (const change of [...item.changes]) {
      const base = change.type === 'edit' ? baseOf(change.file) : undefined
      if (change.type === 'edit' && base !== undefined)
        texts.set(change.file, this.#rewrite(change.file, base, { keys }))
    }
    pending.withdraw(item, (change) => reverses(change, keys))
    history.refuse(keys)
    for (const { items, next, ...move } of moves) {
      for (const other of items) repath(other, move)
      history.repath({ ...move, after: new Set(items.flatMap(keysOf)), before: next?.key ?? null })
    }
    return { structure, texts }
  }

  /**
   * Takes one part out of an item that is an edit of one file.
   * @returns the op for the local text; null if the changes do not fit each other
   */
  takePart(item: Item, file: string, key: number): TextOp | null {
    const { copy, pending, history } = this.#parts
    const keys = history.withTurnsOf([key])
    const op = this.#rewrite(file, copy.committedText(file), { keys })
    pending.dropPart(item, key)
    history.refuse(keys)
    return op
  }

  /**
   * Takes out everything done to a text at these places.
   * @param committed the text that the places refer to
   * @returns the op for the local text; null if the changes do not fit each other
   */
  takeAt(file: string, committed: Text, places: readonly Hunk[]): TextOp | null {
    const op = this.#rewrite(file, committed, { places })
    this.#parts.pending.sweep()
    this.#parts.history.sweep()
    return op
  }

  /**
   * What all pending items do to a text, without text that was deleted and restored.
   * @returns null if the changes do not fit each other
   */
  net(file: string, committed: Text): TextOp | null {
    return unlessUnfit(() => netOp(this.#work(file, committed)))
  }

  #rewrite(file: string, base: Text | null, out: Out): TextOp | null {
    const work = { ...this.#work(file, base), stacks: this.#parts.history.layersOf(file) }
    return unlessUnfit(() => rewriteText(work, out))
  }

  #work(file: string, base: Text | null): Omit<FileWork, 'stacks'> {
    const { pending, history } = this.#parts
    return { file, base, items: pending.items, backOf: (key) => history.backOf(key) }
  }

  /** For each file that an item renames: where it is without that, and the items that this concerns. */
  #movesOf(item: Item): (Following & Pick<Move, 'file' | 'was' | 'is'>)[] {
    const { copy, pending } = this.#parts
    return item.changes.flatMap((change) => {
      if (change.type !== 'rename') return []
      const { file, path: was } = change
      const is = pending.pathBefore(item, file) ?? copy.files.get(file)?.path
      return is === undefined ? [] : [{ file, was, is, ...pending.following(item, file, was) }]
    })
  }
}

/** Undo and redo changes that give the file the path that it no longer had give it the one that it had. */
function repath(item: Item, { file, was, is }: Pick<Move, 'file' | 'was' | 'is'>): void {
  item.changes = item.changes.map((change) => {
    if (change.type === 'edit' || change.back === undefined || !('path' in change)) return change
    return 'file' in change && change.file === file && change.path === was ? { ...change, path: is } : change
  })
}

/** Keys of the changes in an item. */
export function keysOf({ key, parts }: Item): number[] {
  return parts.length > 0 ? parts.map((part) => part.key) : [key]
}

function reverses({ back }: Draft, keys: ReadonlySet<number>): boolean {
  return back?.some((key) => keys.has(key)) === true
}

/** Null if changes do not fit each other. */
function unlessUnfit(make: () => TextOp): TextOp | null {
  try {
    return make()
  } catch (error) {
    if (error instanceof OpError) return null
    throw error
  }
}
