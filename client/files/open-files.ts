/**
 * The files that are open here, by id, and those who wait for one to open. Invariant: a file is one object, for as long as it is
 * there. What happens to its text the replica decides; here it is handed on.
 */
import type { Effect, RemovedEffect, TextEffect } from '../../core/replica/effects.ts'
import type { Replica } from '../../core/replica/replica.ts'
import type { TextOp } from '../../core/text/op.ts'
import type { Text } from '../../core/text/text.ts'
import { SdkError } from '../sdk-error.ts'
import type { OpenFile } from '../types.ts'
import { type FileHost, LiveFile } from './file.ts'
import { FileWaiters } from './opening.ts'

export interface OpenFilesHost {
  /** Makes a local change and tells everyone here about it. */
  edit(file: string, op: TextOp): readonly Effect[]
  /** A change of a text is about to be told. */
  telling(effect: TextEffect): void
  /** Asks the room for a file's text. */
  ask(file: string): void
  /** Why nothing more comes from the room; null as long as it may. */
  over(): SdkError | null
}

export class OpenFiles {
  readonly #replica: Replica
  readonly #host: OpenFilesHost
  readonly #files = new Map<string, LiveFile>()
  readonly #opening = new FileWaiters()

  constructor(replica: Replica, host: OpenFilesHost) {
    this.#replica = replica
    this.#host = host
  }

  /** Resolves when the file's text is here. @throws SdkError `no_such_file`, or why the room is over */
  async open(path: string): Promise<OpenFile> {
    const id = this.#replica.fileAt(path)
    if (id === undefined) throw new SdkError('no_such_file', `There is no file at ${path}.`)
    const over = this.#host.over()
    if (over !== null && this.#replica.text(id) === undefined) throw over
    const file = this.#files.get(id) ?? new LiveFile(id, this.#fileHost)
    this.#files.set(id, file)
    this.#replica.open(id)
    if (this.#replica.text(id) !== undefined) return file
    const text = this.#opening.wait(id)
    // Before the room has it, it has no text of it either; the commit that brings it back asks.
    if (this.#replica.isCommitted(id)) this.#host.ask(id)
    await text
    return file
  }

  readonly #fileHost: FileHost = {
    textOf: (file: string) => this.#replica.text(file),
    pathOf: (file: string) => this.#replica.pathOf(file),
    edit: (file: string, op: TextOp) => this.#host.edit(file, op),
    telling: (effect: TextEffect) => this.#host.telling(effect),
  }

  /** The replica has changed a text; `tell` follows. */
  changed(effect: TextEffect): void {
    this.#files.get(effect.file)?.changed(effect)
  }

  /** Tells the file's listeners of a change, after all that came before it. */
  tell(effect: TextEffect): void {
    const file = this.#files.get(effect.file)
    if (file === undefined) this.#host.telling(effect)
    else file.tell(effect)
  }

  /** The text of a file as far as its changes were told. */
  toldText(file: string): Text | undefined {
    return this.#files.get(file)?.toldText ?? this.#replica.text(file)
  }

  /** Where a point of the committed text is in the text as far as its changes were told, in UTF-16 units. */
  unitOf(file: string, point: number): number {
    const local = this.#replica.toLocal(file, point)
    return this.toldText(file)?.unitOf(this.#files.get(file)?.toTold(local) ?? local) ?? 0
  }

  gone({ file, path, text }: RemovedEffect): void {
    this.#files.get(file)?.gone({ path, text })
    this.#files.delete(file)
    this.#opening.reject(file, new SdkError('no_such_file', 'The file was removed.'))
  }

  /** Resolves for those whose text is here by now. */
  arrived(): void {
    for (const file of this.#opening.files)
      if (this.#replica.text(file) !== undefined) this.#opening.resolve(file)
  }

  /** The room has no such file. @param message what it says of that */
  missing(file: string, message: string): void {
    this.#opening.reject(file, new SdkError('no_such_file', message))
  }

  /** Nothing more comes from the room. */
  end(error: SdkError): void {
    this.#opening.rejectAll(error)
  }
}
