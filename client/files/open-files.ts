/**
 * The open files, by id, and the callers waiting for one to open. Invariant: a file is one object for as
 * long as it exists. The replica decides what happens to texts; this passes it on.
 */
import type { RemovedEffect, TextEffect } from '../../core/replica/effects.ts'
import type { Replica } from '../../core/replica/replica.ts'
import type { Text } from '../../core/text/text.ts'
import { SdkError } from '../sdk-error.ts'
import type { ConnectionStatus } from '../transport/connection-status.ts'
import type { OpenFile } from '../types.ts'
import { type Changing, LiveFile } from './file.ts'

/** A file that was removed, and the callers still waiting for it. */
interface Removal {
  readonly id: string
  readonly file: LiveFile | undefined
  readonly waiters: readonly Waiter[]
}

export class OpenFiles {
  readonly #replica: Replica
  readonly #status: ConnectionStatus
  /** Requests a file's text from the room. */
  readonly #ask: (file: string) => void
  readonly #changing: Changing
  readonly #files = new Map<string, LiveFile>()
  readonly #opening = new FileWaiters()
  /** Removals in the open transaction, which may be taken back; null if there is none. */
  #going: Removal[] | null = null

  constructor(replica: Replica, status: ConnectionStatus, ask: (file: string) => void, changing: Changing) {
    this.#replica = replica
    this.#status = status
    this.#ask = ask
    this.#changing = changing
  }

  /**
   * Resolves when the file's text is here.
   * @throws SdkError `no_such_file`, or the error that ended the room
   */
  async open(path: string): Promise<OpenFile> {
    const id = this.#replica.fileAt(path)
    if (id === undefined) throw new SdkError('no_such_file', `There is no file at ${path}.`)
    if (this.#status.isOver && this.#replica.text(id) === undefined) throw this.#status.error
    const file = this.#files.get(id) ?? new LiveFile(id, this.#replica, this.#changing)
    this.#files.set(id, file)
    this.#replica.open(id)
    if (this.#replica.text(id) !== undefined) return file
    const text = this.#opening.wait(id)
    // A file that the room does not have yet has no text there; the commit that brings it back requests it.
    if (this.#replica.isCommitted(id)) this.#ask(id)
    await text
    // Another one if the file came back within a transaction that was then abandoned.
    return this.#files.get(id) ?? file
  }

  /** The replica has changed a text; `emit` follows. */
  changed(effect: TextEffect): void {
    this.#files.get(effect.file)?.changed(effect)
  }

  /** Emits a change to the file's listeners, after all earlier ones. */
  emit(effect: TextEffect): void {
    const file = this.#files.get(effect.file)
    if (file === undefined) this.#changing.beforeEmit(effect)
    else file.emit(effect)
  }

  /** The text of a file up to its last emitted change. */
  emittedText(file: string): Text | undefined {
    return this.#files.get(file)?.emittedText ?? this.#replica.text(file)
  }

  /** Maps a point of the committed text to a UTF-16 position in the text up to the last emitted change. */
  unitOf(file: string, point: number): number {
    const local = this.#replica.toLocal(file, point)
    return this.emittedText(file)?.unitOf(this.#files.get(file)?.toEmitted(local) ?? local) ?? 0
  }

  gone({ file: id, path, text }: RemovedEffect): void {
    const file = this.#files.get(id)
    file?.gone({ path, text })
    this.#files.delete(id)
    const removal = { id, file, waiters: this.#opening.take(id) }
    if (this.#going === null) tell(removal)
    else this.#going.push(removal)
  }

  /** Removals are emitted when the transaction ends. */
  beginTransaction(): void {
    this.#going = []
  }

  /** @param isAbandoned whether everything in the transaction is taken back: the files are as before it */
  endTransaction(isAbandoned: boolean): void {
    const removals = this.#going ?? []
    this.#going = null
    if (!isAbandoned) for (const removal of removals) tell(removal)
    // Oldest last: that is the file from before the transaction.
    else for (const removal of removals.reverse()) this.#back(removal)
  }

  #back({ id, file, waiters }: Removal): void {
    if (file !== undefined) {
      file.back()
      this.#files.set(id, file)
    }
    for (const waiter of waiters) this.#opening.add(id, waiter)
  }

  /** Resolves the callers whose text has arrived. */
  arrived(): void {
    for (const file of this.#opening.files)
      if (this.#replica.text(file) !== undefined) this.#opening.resolve(file)
  }

  /** The room has no such file. @param message the room's message */
  missing(file: string, message: string): void {
    this.#opening.reject(file, new SdkError('no_such_file', message))
  }

  /** Nothing more will come from the room. */
  end(error: SdkError): void {
    this.#opening.rejectAll(error)
  }
}

function tell({ file, waiters }: Removal): void {
  file?.emitRemoved()
  for (const waiter of waiters) waiter.reject(new SdkError('no_such_file', 'The file was removed.'))
}

interface Waiter {
  resolve(): void
  reject(error: Error): void
}

const NONE: readonly string[] = []

/** Callers waiting for a file's text, by file. */
class FileWaiters {
  readonly #waiters = new Map<string, Waiter[]>()

  wait(file: string): Promise<void> {
    return new Promise((resolve, reject) => this.add(file, { resolve, reject }))
  }

  add(file: string, waiter: Waiter): void {
    this.#waiters.set(file, [...(this.#waiters.get(file) ?? []), waiter])
  }

  /** The files that are waited for. */
  get files(): readonly string[] {
    return this.#waiters.size === 0 ? NONE : [...this.#waiters.keys()]
  }

  resolve(file: string): void {
    for (const waiter of this.take(file)) waiter.resolve()
  }

  reject(file: string, error: Error): void {
    for (const waiter of this.take(file)) waiter.reject(error)
  }

  rejectAll(error: Error): void {
    for (const file of [...this.#waiters.keys()]) this.reject(file, error)
  }

  /** Removes and returns those that wait for a file. */
  take(file: string): Waiter[] {
    const waiters = this.#waiters.get(file) ?? []
    this.#waiters.delete(file)
    return waiters
  }
}
