/**
 * What one undo reverts: a run of typing, or a whole transaction across its files. Steps undo changes to the
 * list of files, and come first; layers undo changes to texts. An entry changes nothing itself, and does not
 * know the previous state.
 */
import type { Text } from '../../text/text.ts'
import type { Layer } from './layer.ts'

interface OfFile {
  readonly file: string
  /** Key of the change that this undoes, followed by those of the changes that it had reversed in turn. */
  readonly keys: readonly number[]
}

/** Restores the file with the text of its layer. */
export interface CreateStep extends OfFile {
  readonly type: 'create'
  path: string
  /** Whether its text was followed here. */
  readonly open: boolean
  /** The commit that removed it; 0 until known. */
  seq: number
  /** Whether others may have changed the text before the removal, so that the room has to revive it. */
  isAssumed: boolean
}

/** Restores the file; the room has its text. */
export interface ReviveStep extends OfFile {
  readonly type: 'revive'
  path: string
  /** The commit that removed it; 0 until known. */
  seq: number
}

export interface RemoveStep extends OfFile {
  readonly type: 'remove'
  /**
   * The text it was created with, valid until somebody opens the file here. Null for a file that the room
   * revived.
   */
  readonly text: Text | null
}

export interface RenameStep extends OfFile {
  readonly type: 'rename'
  /** Path after the change; if the file is elsewhere, somebody else has moved it. */
  from: string
  to: string
}

export type Step = CreateStep | ReviveStep | RemoveStep | RenameStep

export class Entry {
  /** In order of execution. */
  steps: Step[] = []
  readonly layers = new Map<string, Layer>()
  /** The undo or redo that made it, and maybe others: they are reversed together. Null if it was neither. */
  readonly turn: object | null
  /** UTF-16 units of text that it restores, as of the last `weigh`. */
  units = 0

  constructor(turn: object | null = null) {
    this.turn = turn
  }

  get isEmpty(): boolean {
    return this.steps.length === 0 && this.layers.size === 0
  }

  get files(): Set<string> {
    return new Set([...this.layers.keys(), ...this.steps.map(({ file }) => file)])
  }

  touches(file: string): boolean {
    return this.layers.has(file) || this.steps.some((step) => step.file === file)
  }

  /** Whether it removes the file, since it began with the file's creation. */
  removes(file: string): boolean {
    return this.steps.some((step) => step.type === 'remove' && step.file === file)
  }

  /** Keys of all its changes; null for one that can no longer be refused. */
  get carriers(): Set<number | null> {
    const carriers = new Set<number | null>(this.steps.flatMap(({ keys }) => keys.slice(0, 1)))
    for (const { segments } of this.layers.values()) {
      for (const { key } of segments) carriers.add(key)
    }
    return carriers
  }

  /** Drops everything about the file. */
  forget(file: string): void {
    this.layers.delete(file)
    this.steps = this.steps.filter((step) => step.file !== file)
  }

  /** Recomputes its weight. Returns the growth. */
  weigh(): number {
    const before = this.units
    this.units = 0
    for (const layer of this.layers.values()) this.units += layer.units
    for (const step of this.steps) if (step.type === 'remove') this.units += step.text?.units ?? 0
    return this.units - before
  }
}
