/**
 * The files of a room, found by id and by path. Invariant: paths are unique, and no path is a folder of another
 * (what could not lie on a disk does not lie in a room). Records are immutable: a change puts a new record in
 * place, so whoever keeps the old one can put it back.
 */
import { foldersOf } from '../protocol/path.ts'
import type { Text } from '../text/text.ts'

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
  /** How many files lie below each folder, at any depth. */
  readonly #folders = new Map<string, number>()

  get size(): number {
    return this.#byId.size
  }

  get(file: string): RoomFile | undefined {
    return this.#byId.get(file)
  }

  atPath(path: string): RoomFile | undefined {
    const file = this.#idByPath.get(path)
    return file === undefined ? undefined : this.#byId.get(file)
  }

  values(): IterableIterator<RoomFile> {
    return this.#byId.values()
  }

  /** Whether a file may take `path` now: no file has it, no folder has it, and no file has the name of a folder above it. */
  isFree(path: string): boolean {
    return this.obstacleAt(path) === null
  }

  /** What keeps a file from taking `path` now, as a sentence for whoever chose it; null where it is free. */
  obstacleAt(path: string): string | null {
    if (this.#idByPath.has(path)) return `There is a file at ${path} already.`
    if (this.#folders.has(path)) return `${path} is a folder with files in it, so no file can have that path.`
    for (const folder of foldersOf(path)) {
      if (this.#idByPath.has(folder)) return `${folder} is a file, so nothing can be put inside it.`
    }
    return null
  }

  /** Puts a record in place of the file's old one. The path must be the old one's or free. */
  set(record: RoomFile): void {
    const old = this.#byId.get(record.file)
    this.#byId.set(record.file, record)
    if (old?.path === record.path) return
    if (old !== undefined) this.#leave(old.path)
    this.#idByPath.set(record.path, record.file)
    for (const folder of foldersOf(record.path))
      this.#folders.set(folder, (this.#folders.get(folder) ?? 0) + 1)
  }

  delete(file: string): void {
    const old = this.#byId.get(file)
    if (old === undefined) return
    this.#byId.delete(file)
    this.#leave(old.path)
  }

  #leave(path: string): void {
    this.#idByPath.delete(path)
    for (const folder of foldersOf(path)) {
      const below = (this.#folders.get(folder) ?? 0) - 1
      if (below > 0) this.#folders.set(folder, below)
      else this.#folders.delete(folder)
    }
  }
}
