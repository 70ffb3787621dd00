/**
 * An open file, as an application sees it: text and edits in UTF-16 units. It holds no text of its own; the replica does.
 */
import type { Effect, TextEffect } from '../core/replica/effects.ts'
import { type Edit, editsFromOp, opFromEdits } from '../core/text/edits.ts'
import type { TextOp } from '../core/text/op.ts'
import type { Text } from '../core/text/text.ts'
import { Emitter } from './emitter.ts'
import { SdkError } from './sdk-error.ts'
import type { FileEvents, OpenFile } from './types.ts'

/** What a file asks of its room. */
export interface FileHost {
  textOf(file: string): Text | undefined
  pathOf(file: string): string | undefined
  /** Makes a local change and tells everyone here about it. */
  edit(file: string, op: TextOp): readonly Effect[]
}

export class LiveFile implements OpenFile {
  readonly file: string
  readonly #host: FileHost
  readonly #emitter = new Emitter<FileEvents>()
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
    return this.#last?.text ?? this.#host.textOf(this.file)?.toString() ?? ''
  }

  get removed(): boolean {
    return this.#last !== null
  }

  edit(edits: readonly Edit[]): void {
    const text = this.#host.textOf(this.file)
    if (this.removed || text === undefined) throw new SdkError('no_such_file', 'This file was removed.')
    this.#host.edit(this.file, opFromEdits(text, edits))
  }

  on<E extends keyof FileEvents>(event: E, listener: FileEvents[E]): () => void {
    return this.#emitter.on(event, listener)
  }

  /** @internal the replica changed the text */
  changed({ before, op, origin, user, client }: TextEffect): void {
    this.#emitter.emit('change', { edits: editsFromOp(before, op), origin, user, client })
  }

  /** @internal the file is gone; `last` is what it was */
  gone(last: { path: string; text: string }): void {
    if (this.removed) return
    this.#last = last
    this.#emitter.emit('removed')
  }
}
