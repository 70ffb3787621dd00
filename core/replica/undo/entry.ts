/**
 * What one undo takes back: a run of typing, or all that a transaction did, over all its files. Steps undo what happened to the list
 * of files, and come first; layers undo what happened to texts. It changes nothing itself, and does not know what was before it.
 */
import type { Text } from '../../text/text.ts'
import type { Layer } from './layer.ts'

interface OfFile {
  readonly file: string
  /** The key of what carried the change that this undoes, then those of the changes that it had reversed in turn. */
  readonly keys: readonly number[]
}

/** The file comes back, with the text of its layer. */
export interface CreateStep extends OfFile {
  readonly type: 'create'
  path: string
  /** Whether its text was followed here. */
  readonly open: boolean
  /** The commit that removed it; 0 before that is known. */
  seq: number
  /** Whether others may have changed the text before the file was gone, so that the room has to bring it back. */
  isAssumed: boolean
}

/** The file comes back; the room has its text. */
export interface ReviveStep extends OfFile {
  readonly type: 'revive'
  path: string
  /** The commit that removed it; 0 before that is known. */
  seq: number
}

export interface RemoveStep extends OfFile {
  readonly type: 'remove'
  /** What it was created with: its text, as long as nobody opens it here. Null for one that the room brought back. */
  readonly text: Text | null
}

export interface RenameStep extends OfFile {
  readonly type: 'rename'
  /** Where the change left it; from anywhere else somebody else has moved it. */
  from: string
  to: string
}

export type Step = CreateStep | ReviveStep | RemoveStep | RenameStep

export class Entry {
  /** In the order in which they are done. */
  steps: Step[] = []
  readonly layers = new Map<string, Layer>()
  /** UTF-16 units of text that it gives back, when last weighed. */
  units = 0

  get isEmpty(): boolean {
    return this.steps.length === 0 && this.layers.size === 0
  }

  get files(): Set<string> {
    return new Set([...this.layers.keys(), ...this.steps.map(({ file }) => file)])
  }

  touches(file: string): boolean {
    return this.layers.has(file) || this.steps.some((step) => step.file === file)
  }

  /** Whether it takes the file away again, since it began with its creation. */
  removes(file: string): boolean {
    return this.steps.some((step) => step.type === 'remove' && step.file === file)
  }

  /** The keys of all that carried something of it; null for what no refusal can take back. */
  get carriers(): Set<number | null> {
    const carriers = new Set<number | null>(this.steps.flatMap(({ keys }) => keys.slice(0, 1)))
    for (const { segments } of this.layers.values()) {
      for (const { key } of segments) carriers.add(key)
    }
    return carriers
  }

  /** Nothing of the file is to be undone. */
  forget(file: string): void {
    this.layers.delete(file)
    this.steps = this.steps.filter((step) => step.file !== file)
  }

  /** Weighs it anew. Answers by how much it has grown. */
  weigh(): number {
    const before = this.units
    this.units = 0
    for (const layer of this.layers.values()) this.units += layer.units
    for (const step of this.steps) if (step.type === 'remove') this.units += step.text?.units ?? 0
    return this.units - before
  }
}
