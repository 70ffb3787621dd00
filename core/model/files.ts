/**
 * The files of a room, found by id and by path. Invariant: no two files have one path. What else is in a path's way (case, Unicode form,
 * folders) is for whoever admits a path to ask: a log has what was admitted in its time. Records are immutable: a change puts a new
 * record in place, so whoever keeps the old one can put it back. What all texts are together is known at any time, those that are not
 * loaded included; texts that were not used for a while can be let go of.
 */
import type { FileInfo } from '../protocol/messages.ts'
import type { Text } from '../text/text.ts'
import { PathKeys } from './path-keys.ts'

export interface RoomFile {
  readonly file: string
  readonly path: string
  /** seq of the last commit that changed it */
  readonly revision: number
  /** seq of the commit that made it; 0 where that is not known */
  readonly created: number
  /** null while the text is not loaded: the record is complete without it */
  readonly text: Text | null
}

export class RoomFiles {
  readonly #byId = new Map<string, RoomFile>()
  readonly #idByPath = new Map<string, string>()
  /** What is in a path's way; null until the first path is to be taken. */
  #keys: PathKeys | null = null
  /** UTF-8 bytes of each text, and of all. Of one that is not loaded it may be what it has at most. */
  readonly #sizes = new Map<string, number>()
  #bytes = 0
  /** UTF-16 units of each text that is loaded, the least recently used first, and of all of them. */
  readonly #loaded = new Map<string, number>()
  #loadedUnits = 0
  #lastUsed = ''

  get size(): number {
    return this.#byId.size
  }

  /** UTF-8 bytes of all texts, loaded or not. */
  get bytes(): number {
    return this.#bytes
  }

  /** UTF-16 units of the texts that are loaded. */
  get loadedUnits(): number {
    return this.#loadedUnits
  }

  /** UTF-8 bytes of a text; at most so many where it is not loaded, and 0 where nothing is known of it. */
  bytesOf(file: string): number {
    return this.#sizes.get(file) ?? 0
  }

  /** A text that is not loaded has so many UTF-8 bytes, or fewer. */
  assume(file: string, bytes: number): void {
    this.#bytes += bytes - this.bytesOf(file)
    this.#sizes.set(file, bytes)
  }

  /** A text is used: it is let go of after those that were not used for longer. */
  use(file: string): void {
    if (file === this.#lastUsed) return
    const units = this.#loaded.get(file)
    if (units === undefined) return
    this.#loaded.delete(file)
    this.#loaded.set(file, units)
    this.#lastUsed = file
  }

  /**
   * Lets go of texts, the least recently used first, until no more than so many UTF-16 units of them are left.
   * @param mayGo whether the text of a file can be had again
   */
  unload(most: number, mayGo: (file: RoomFile) => boolean): void {
    for (const file of [...this.#loaded.keys()]) {
      if (this.#loadedUnits <= most) return
      const record = this.#byId.get(file)
      if (record !== undefined && mayGo(record)) this.set({ ...record, text: null })
    }
  }

  get(file: string): RoomFile | undefined {
    return this.#byId.get(file)
  }

  atPath(path: string): RoomFile | undefined {
    const file = this.#idByPath.get(path)
    return file === undefined ? undefined : this.#byId.get(file)
  }

  /** The list of files as clients get it. */
  list(): FileInfo[] {
    return [...this.#byId.values()].map(({ file, path, revision }) => ({ file, path, revision }))
  }

  values(): IterableIterator<RoomFile> {
    return this.#byId.values()
  }

  /** Whether a file may take `path` now: no file counts as the one there, no folder has it, and no file has the name of a folder above it. */
  isFree(path: string): boolean {
    return this.obstacleAt(path) === null
  }

  /** Whether there is a file at `path`, or at one that counts as the same. */
  hasFileLike(path: string): boolean {
    return this.#pathKeys().hasFile(path)
  }

  /**
   * What keeps a file from taking `path` now, as a sentence for whoever chose it; null where it is free.
   * @param mover the file that wants the path, if it is there already: it is not in its own way, and `a/b` may become `a`
   */
  obstacleAt(path: string, mover?: string): string | null {
    return this.#pathKeys().obstacleAt(path, mover === undefined ? undefined : this.#byId.get(mover)?.path)
  }

  /** Puts a record in place of the file's old one. No other file has the path. */
  set(record: RoomFile): void {
    const old = this.#byId.get(record.file)
    this.#byId.set(record.file, record)
    this.#count(record)
    if (old?.path === record.path) return
    if (old !== undefined) this.#leave(old.path)
    this.#idByPath.set(record.path, record.file)
    this.#keys?.add(record.path)
  }

  delete(file: string): void {
    const old = this.#byId.get(file)
    if (old === undefined) return
    this.#byId.delete(file)
    this.assume(file, 0)
    this.#sizes.delete(file)
    this.#forget(file)
    this.#leave(old.path)
  }

  #count({ file, text }: RoomFile): void {
    if (text === null) {
      this.#forget(file)
      return
    }
    this.assume(file, text.bytes)
    this.#loadedUnits += text.units - (this.#loaded.get(file) ?? 0)
    this.#loaded.set(file, text.units)
    this.use(file)
  }

  #forget(file: string): void {
    this.#loadedUnits -= this.#loaded.get(file) ?? 0
    this.#loaded.delete(file)
    if (file === this.#lastUsed) this.#lastUsed = ''
  }

  #leave(path: string): void {
    this.#idByPath.delete(path)
    this.#keys?.remove(path)
  }

  #pathKeys(): PathKeys {
    if (this.#keys === null) {
      this.#keys = new PathKeys()
      for (const path of this.#idByPath.keys()) this.#keys.add(path)
    }
    return this.#keys
  }
}
