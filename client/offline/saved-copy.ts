/**
 * Format of a copy in a storage: in parts, so that a large text or a long list of files is written only
 * when it changed. The part `replica` names the texts that belong to the copy; one of an older version does
 * not, and has all that are there. Invariant: a copy that cannot be read throws; nothing is guessed.
 */
import type { SavedReplica } from '../../core/replica/saved.ts'
import { parseOp, parseText } from '../../core/text/op.ts'
import { Text } from '../../core/text/text.ts'
import type { Rejection, Unsynced } from '../types.ts'

export interface SavedCopy {
  readonly replica: SavedReplica
  /** Lost work that was emitted without a listener. */
  readonly unsynced: readonly Unsynced[]
  readonly rejected?: readonly Rejection[]
  /** Its owner, by `whoseOf`; null when unknown, absent in copies of older versions. */
  readonly whose?: string | null
}

const VERSION = 1
const TEXT = 'text:'

/** Writes the copies of one client, each as the difference to the previous one. */
export class CopyWriter {
  #texts: ReadonlyMap<string, Text> = new Map()
  #files = ''

  /** The parts that changed since the last call. */
  parts({ replica, unsynced, rejected = [], whose = null }: SavedCopy): Map<string, string | null> {
    const { texts, files, ...rest } = replica
    const parts = new Map<string, string | null>()
    for (const file of this.#texts.keys()) if (!texts.has(file)) parts.set(TEXT + file, null)
    for (const [file, text] of texts)
      if (this.#texts.get(file) !== text) parts.set(TEXT + file, text.toString())
    this.#texts = texts
    const list = JSON.stringify(files)
    if (list !== this.#files) parts.set('files', list)
    this.#files = list
    const copy = { version: VERSION, ...rest, texts: [...texts.keys()], unsynced, rejected, whose }
    parts.set('replica', JSON.stringify(copy))
    return parts
  }

  /** The copy was deleted or could not be written: the next one is written whole. */
  reset(): void {
    this.#texts = new Map()
    this.#files = ''
  }
}

/**
 * @returns null when there is no copy
 * @throws Error when it cannot be read
 */
export function readCopy(parts: ReadonlyMap<string, string>): SavedCopy | null {
  const replica = parts.get('replica')
  if (replica === undefined) return null
  const { version, unsynced, rejected = [], whose = null, texts: named, ...rest } = JSON.parse(replica)
  if (version !== VERSION) throw new Error(`it has format version ${version}, this is ${VERSION}`)
  const texts = new Map<string, Text>()
  for (const [name, part] of parts) {
    const file = name.slice(TEXT.length)
    // The writer of this copy may not have known of every text that an earlier one had left.
    const isPart = name.startsWith(TEXT) && (named === undefined || named.includes(file))
    if (isPart) texts.set(file, Text.from(parseText(part)))
  }
  for (const { changes, parts = [] } of rest.items) {
    for (const change of changes) if (change.type === 'edit') parseOp(change.op)
    for (const op of parts) parseOp(op)
  }
  const files = JSON.parse(parts.get('files') ?? '[]')
  return { replica: { ...rest, files, texts }, unsynced, rejected, whose }
}
