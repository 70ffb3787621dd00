/**
 * How a replica is written down for a storage, and read again. In parts, so that a large text or a long list of files is written
 * only when it is another one. What cannot be read again is said, never guessed.
 */
import type { SavedReplica } from '../../core/replica/saved.ts'
import { parseOp, parseText } from '../../core/text/op.ts'
import { Text } from '../../core/text/text.ts'
import type { Rejection, Unsynced } from '../types.ts'

export interface SavedCopy {
  readonly replica: SavedReplica
  /** What was handed out and nobody has heard. */
  readonly unsynced: readonly Unsynced[]
  readonly rejected?: readonly Rejection[]
  /** Whose it is, by `whoseOf`; null where that is not known, left out in what older code saved. */
  readonly whose?: string | null
}

const VERSION = 1
const TEXT = 'text:'

/** Writes copies of one client, each as what differs from the one before. */
export class CopyWriter {
  #texts: ReadonlyMap<string, Text> = new Map()
  #files = ''

  /** The parts that are new since the last call. */
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
    parts.set('replica', JSON.stringify({ version: VERSION, ...rest, unsynced, rejected, whose }))
    return parts
  }

  /** The copy was deleted, or could not be written: the next one is written whole. */
  reset(): void {
    this.#texts = new Map()
    this.#files = ''
  }
}

/**
 * @returns null when nothing is there
 * @throws Error when it is there and cannot be read
 */
export function readCopy(parts: ReadonlyMap<string, string>): SavedCopy | null {
  const replica = parts.get('replica')
  if (replica === undefined) return null
  const { version, unsynced, rejected = [], whose = null, ...rest } = JSON.parse(replica)
  if (version !== VERSION) throw new Error(`it was written by version ${version}, this is ${VERSION}`)
  const texts = new Map<string, Text>()
  for (const [name, part] of parts)
    if (name.startsWith(TEXT)) texts.set(name.slice(TEXT.length), Text.from(parseText(part)))
  for (const { changes, parts = [] } of rest.items) {
    for (const change of changes) if (change.type === 'edit') parseOp(change.op)
    for (const op of parts) parseOp(op)
  }
  const files = JSON.parse(parts.get('files') ?? '[]')
  return { replica: { ...rest, files, texts }, unsynced, rejected, whose }
}
