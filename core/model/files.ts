/**
 * The files of a room, by id and by path. Invariant: no two files have the same path. Other conflicts
 * between paths (case, Unicode form, folders) are checked by whoever admits a path: a log contains what was
 * admitted in its time. Records are immutable: a change replaces the record, so the old one can be restored.
 * The total size of all texts is always known, including those that are not loaded; texts that were not used
 * for a while can be unloaded.
 */
import type { FileInfo } from '../protocol/messages.ts'
import type { Text } from '../text/text.ts'
import { PathKeys } from './path-keys.ts'

export interface RoomFile {
  readonly file: string
  readonly path: string
  /** Seq of the last commit that changed it. */
  readonly revision: number
  /** Seq of the commit that created it; 0 if unknown. */
  readonly created: number
  /** Null while the text is not loaded; the record is complete without it. */
  readonly text: Text | null
}

export class RoomFiles {
  readonly #byId = new Map<string, RoomFile>()
  readonly #idByPath = new Map<string, string>()
  /** Index for conflicts between paths; null until it is first needed. */
  #keys: PathKeys | null = null
  /** UTF-8 bytes of each text. For an unloaded text it may be an upper bound. */
  readonly #sizes = new Map<string, number>()
  #bytes = 0
  /** UTF-16 units of each loaded text, least recently used first. */
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

  /** UTF-16 units of all loaded texts. */
  get loadedUnits(): number {
    return this.#loadedUnits
  }

  /** UTF-8 bytes of a text; an upper bound if it is not loaded, 0 if nothing is known. */
  bytesOf(file: string): number {
    return this.#sizes.get(file) ?? 0
  }

  /** Sets the size of an unloaded text to at most this many UTF-8 bytes. */
  assume(file: string, bytes: number): void {
    this.#bytes += bytes - this.bytesOf(file)
    this.#sizes.set(file, bytes)
  }

  /** Marks a text as used: it is unloaded after texts used less recently. */
  use(file: string): void {
    if (file === this.#lastUsed) return
    const units = this.#loaded.get(file)
    if (units === undefined) return
    this.#loaded.delete(file)
    this.#loaded.set(file, units)
    this.#lastUsed = file
  }

  /**
   * Unloads texts, least recently used first, until at most this many UTF-16 units are loaded.
   * @param mayGo whether the text of a file can be loaded again
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

  /** The file list as sent to clients. */
  list(): FileInfo[] {
    return [...this.#byId.values()].map(({ file, path, revision }) => ({ file, path, revision }))
  }

  values(): IterableIterator<RoomFile> {
    return this.#byId.values()
  }

  /**
   * Whether a file may take `path` now: no file or folder occupies an equivalent path, and no folder above
   * it is a file.
   */
  isFree(path: string): boolean {
    return this.obstacleAt(path) === null
  }

  /** Whether there is a file at `path` or an equivalent path. */
  hasFileLike(path: string): boolean {
    return this.#pathKeys().hasFile(path)
  }

  /**
   * What prevents a file from taking `path` now, as a sentence for the user; null if it is free.
   * @param mover the file that is to get the path, if it already exists: it does not block itself, and `a/b`
   *   may become `a`
   */
  obstacleAt(path: string, mover?: string): string | null {
    return this.#pathKeys().obstacleAt(path, mover === undefined ? undefined : this.#byId.get(mover)?.path)
  }

  /** Replaces the file's record. No other file may have the path. */
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
