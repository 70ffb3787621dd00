/**
 * An open file of the public API: text and edits in UTF-16 units. Invariant: changes are emitted one at a
 * time, each to all listeners before the next, and during an event `text` is the text right after that
 * change, even if the replica is further. The text itself lives in the replica.
 */
import type { Effect, TextEffect } from '../../core/replica/effects.ts'
import type { Replica } from '../../core/replica/replica.ts'
import { type Edit, editsFromOp, opFromEdits } from '../../core/text/edits.ts'
import type { TextOp } from '../../core/text/op.ts'
import type { Text } from '../../core/text/text.ts'
import { rebase, untransformPoint } from '../../core/text/transform.ts'
import { Emitter } from '../emitter.ts'
import { SdkError } from '../sdk-error.ts'
import type { FileEvents, OpenFile } from '../types.ts'

/** The ways of a change: out of a file, and into its listeners. */
export interface Changing {
  /** Applies a local change and emits it. */
  edit(file: string, op: TextOp): readonly Effect[]
  /** Called before a change of a text is emitted. */
  beforeEmit(effect: TextEffect): void
}

export class LiveFile implements OpenFile {
  readonly file: string
  readonly #replica: Replica
  readonly #changing: Changing
  readonly #emitter = new Emitter<FileEvents>()
  /**
   * Changes that not all listeners have received yet, in order. Each starts from the text the one before
   * leads to.
   */
  #queue: TextEffect[] = []
  /** Emits the first of the queue to one more listener; null before its first listener. */
  #emitNext: (() => boolean) | null = null
  /** For each edit that waits until all earlier changes are emitted: the ops emitted meanwhile. */
  readonly #waiting = new Set<TextOp[]>()
  /** The last path and text of a removed file, so that a view can still show it. */
  #last: { path: string; text: string } | null = null

  constructor(file: string, replica: Replica, changing: Changing) {
    this.file = file
    this.#replica = replica
    this.#changing = changing
  }

  get path(): string {
    return this.#last?.path ?? this.#replica.pathOf(this.file) ?? ''
  }

  get text(): string {
    return this.#last?.text ?? this.emittedText?.toString() ?? ''
  }

  get removed(): boolean {
    return this.#last !== null
  }

  edit(edits: readonly Edit[]): void {
    const text = this.emittedText
    if (this.removed || text === undefined) throw new SdkError('no_such_file', 'This file was removed.')
    this.#changing.edit(this.file, this.#afterAll(opFromEdits(text, edits)))
  }

  on<E extends keyof FileEvents>(event: E, listener: FileEvents[E]): () => void {
    return this.#emitter.on(event, listener)
  }

  /** @internal The text up to the last emitted change. */
  get emittedText(): Text | undefined {
    const next = this.#unemitted[0]
    return next === undefined ? this.#replica.text(this.file) : next.before
  }

  /** @internal Maps a point of the local text to the text up to the last emitted change. */
  toEmitted(point: number): number {
    return this.#unemitted.reduceRight((after, { op }) => untransformPoint(after, op), point)
  }

  /** @internal The replica has changed the text; `emit` follows. */
  changed(effect: TextEffect): void {
    this.#queue.push(effect)
  }

  /** @internal Emits changes up to and including this one, unless already emitted. */
  emit(effect: TextEffect): void {
    while (this.#queue.includes(effect)) this.#emitOne()
  }

  /** @internal The file was removed; `emitRemoved` follows. @param last its last path and text */
  gone(last: { path: string; text: string }): void {
    this.#emitAll()
    this.#last = last
  }

  /** @internal Its removal was taken back before it was emitted. */
  back(): void {
    this.#last = null
  }

  /** @internal */
  emitRemoved(): void {
    this.#emitter.emit('removed')
  }

  /** Changes that no listener has received yet. */
  get #unemitted(): readonly TextEffect[] {
    if (this.#queue.length === 0) return this.#queue
    return this.#emitNext === null ? this.#queue : this.#queue.slice(1)
  }

  /**
   * Orders an edit made by a listener after everything that has happened: emits that first, and rebases the
   * edit over it.
   */
  #afterAll(op: TextOp): TextOp {
    if (this.#queue.length === 0) return op
    const meanwhile: TextOp[] = []
    this.#waiting.add(meanwhile)
    this.#emitAll()
    this.#waiting.delete(meanwhile)
    return meanwhile.reduce((moved, other) => rebase(other, moved).pending, op)
  }

  #emitAll(): void {
    while (this.#queue.length > 0) this.#emitOne()
  }

  /** Emits the first change to the remaining listeners, also when called from within one of them. */
  #emitOne(): void {
    const [effect] = this.#queue
    if (effect === undefined) return
    this.#emitNext ??= this.#begin(effect)
    const emitNext = this.#emitNext
    while (emitNext());
    if (this.#queue[0] !== effect) return
    this.#queue.shift()
    this.#emitNext = null
  }

  #begin(effect: TextEffect): () => boolean {
    const { before, op, origin, user, client } = effect
    for (const meanwhile of this.#waiting) meanwhile.push(op)
    this.#changing.beforeEmit(effect)
    return this.#emitter.begin('change', { edits: editsFromOp(before, op), origin, user, client })
  }
}
