/**
 * An open file, as an application sees it: text and edits in UTF-16 units. Changes are told one after another, each to all listeners
 * before the next, and while one is told `text` is the text after it, though more may have happened. It holds no text of its own; the
 * replica does.
 */
import type { Effect, TextEffect } from '../../core/replica/effects.ts'
import { type Edit, editsFromOp, opFromEdits } from '../../core/text/edits.ts'
import type { TextOp } from '../../core/text/op.ts'
import type { Text } from '../../core/text/text.ts'
import { rebase, untransformPoint } from '../../core/text/transform.ts'
import { Emitter } from '../emitter.ts'
import { SdkError } from '../sdk-error.ts'
import type { FileEvents, OpenFile } from '../types.ts'

/** What a file asks of its room. */
export interface FileHost {
  textOf(file: string): Text | undefined
  pathOf(file: string): string | undefined
  /** Makes a local change and tells everyone here about it. */
  edit(file: string, op: TextOp): readonly Effect[]
  /** A change is about to be told. */
  telling(effect: TextEffect): void
}

export class LiveFile implements OpenFile {
  readonly file: string
  readonly #host: FileHost
  readonly #emitter = new Emitter<FileEvents>()
  /** Changes that not everybody has heard of yet, in order. Each begins on the text that the one before leads to. */
  #queue: TextEffect[] = []
  /** Tells the first of them to one more listener; null before anybody has heard of it. */
  #tellNext: (() => boolean) | null = null
  /** Of each edit that waits until all before it is told: what was told meanwhile. */
  readonly #waiting = new Set<TextOp[]>()
  /** The last text, kept when the file is gone so that a view can still show it. */
  #last: { path: string; text: string } | null = null

  constructor(file: string, host: FileHost) {
    this.file = file
    this.#host = host
  }

  get path(): string {
    return this.#last?.path ?? this.#host.pathOf(this.file) ?? ''
  }

  get text(): string {
    return this.#last?.text ?? this.toldText?.toString() ?? ''
  }

  get removed(): boolean {
    return this.#last !== null
  }

  edit(edits: readonly Edit[]): void {
    const text = this.toldText
    if (this.removed || text === undefined) throw new SdkError('no_such_file', 'This file was removed.')
    this.#host.edit(this.file, this.#afterAll(opFromEdits(text, edits)))
  }

  on<E extends keyof FileEvents>(event: E, listener: FileEvents[E]): () => void {
    return this.#emitter.on(event, listener)
  }

  /** @internal The text as far as its changes were told. */
  get toldText(): Text | undefined {
    const next = this.#untold[0]
    return next === undefined ? this.#host.textOf(this.file) : next.before
  }

  /** @internal Where a point of the local text is in the text as far as it was told. */
  toTold(point: number): number {
    return this.#untold.reduceRight((after, { op }) => untransformPoint(after, op), point)
  }

  /** @internal The replica has changed the text; `tell` follows. */
  changed(effect: TextEffect): void {
    this.#queue.push(effect)
  }

  /** @internal Tells of changes up to this one, unless that was told already. */
  tell(effect: TextEffect): void {
    while (this.#queue.includes(effect)) this.#tellOne()
  }

  /** @internal the file is gone; `last` is what it was */
  gone(last: { path: string; text: string }): void {
    if (this.removed) return
    this.#tellAll()
    this.#last = last
    this.#emitter.emit('removed')
  }

  /** Changes of which nobody has heard yet. */
  get #untold(): readonly TextEffect[] {
    if (this.#queue.length === 0) return this.#queue
    return this.#tellNext === null ? this.#queue : this.#queue.slice(1)
  }

  /** An edit within a listener comes after all that has happened before it: that is told first, and the edit moved over it. */
  #afterAll(op: TextOp): TextOp {
    if (this.#queue.length === 0) return op
    const meanwhile: TextOp[] = []
    this.#waiting.add(meanwhile)
    this.#tellAll()
    this.#waiting.delete(meanwhile)
    return meanwhile.reduce((moved, other) => rebase(other, moved).pending, op)
  }

  #tellAll(): void {
    while (this.#queue.length > 0) this.#tellOne()
  }

  /** Tells the first change to those who have not heard of it, even where another is in the midst of that. */
  #tellOne(): void {
    const [effect] = this.#queue
    if (effect === undefined) return
    this.#tellNext ??= this.#begin(effect)
    const tellNext = this.#tellNext
    while (tellNext());
    if (this.#queue[0] !== effect) return
    this.#queue.shift()
    this.#tellNext = null
  }

  #begin(effect: TextEffect): () => boolean {
    const { before, op, origin, user, client } = effect
    for (const meanwhile of this.#waiting) meanwhile.push(op)
    this.#host.telling(effect)
    return this.#emitter.begin('change', { edits: editsFromOp(before, op), origin, user, client })
  }
}
