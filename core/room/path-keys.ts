/**
 * Which paths are taken, by what they are to a disk that does not tell upper from lower case or one Unicode form from the other. It
 * answers whether a path may be taken, and refuses nothing by itself: a room whose log has two such paths has both here.
 */
import { foldersOf, pathKey } from '../protocol/path.ts'

const SAME = 'Paths that differ only in upper and lower case, or in how an accent is written, are one path.'

export class PathKeys {
  readonly #files = new Spellings()
  readonly #folders = new Spellings()

  add(path: string): void {
    this.#files.add(pathKey(path), path)
    const folders = foldersOf(path)
    for (const [i, key] of foldersOf(pathKey(path)).entries()) this.#folders.add(key, folders[i] ?? key)
  }

  remove(path: string): void {
    this.#files.remove(pathKey(path), path)
    const folders = foldersOf(path)
    for (const [i, key] of foldersOf(pathKey(path)).entries()) this.#folders.remove(key, folders[i] ?? key)
  }

  /** Whether there is a file that counts as the one at `path`. */
  hasFile(path: string): boolean {
    return this.#files.of(pathKey(path), path) !== null
  }

  /**
   * What keeps a file from taking `path`, as a sentence for whoever chose it; null where it is free. A file in a folder that is there
   * in other case is free: on such a disk it would lie in that folder.
   */
  obstacleAt(path: string): string | null {
    const key = pathKey(path)
    const file = this.#files.of(key, path)
    if (file !== null) return told(`There is a file at ${file} already.`, file === path)
    const folder = this.#folders.of(key, path)
    if (folder !== null) {
      return told(`${folder} is a folder with files in it, so no file can have that path.`, folder === path)
    }
    const folders = foldersOf(path)
    for (const [i, folderKey] of foldersOf(key).entries()) {
      const above = folders[i] ?? folderKey
      const inTheWay = this.#files.of(folderKey, above)
      if (inTheWay !== null)
        return told(`${inTheWay} is a file, so nothing can be put inside it.`, inTheWay === above)
    }
    return null
  }
}

function told(obstacle: string, isSpelledSo: boolean): string {
  return isSpelledSo ? obstacle : `${obstacle} ${SAME}`
}

/** How often each spelling of a key is there. Nearly always there is one spelling. */
class Spellings {
  readonly #byKey = new Map<string, Map<string, number>>()

  add(key: string, spelling: string): void {
    const spellings = this.#byKey.get(key) ?? new Map<string, number>()
    this.#byKey.set(key, spellings.set(spelling, (spellings.get(spelling) ?? 0) + 1))
  }

  remove(key: string, spelling: string): void {
    const spellings = this.#byKey.get(key)
    const count = spellings?.get(spelling)
    if (spellings === undefined || count === undefined) return
    if (count > 1) spellings.set(spelling, count - 1)
    else spellings.delete(spelling)
    if (spellings.size === 0) this.#byKey.delete(key)
  }

  /** A spelling of the key, `preferred` where that is there; null where the key is not. */
  of(key: string, preferred: string): string | null {
    const spellings = this.#byKey.get(key)
    if (spellings === undefined) return null
    if (spellings.has(preferred)) return preferred
    const [first = null] = spellings.keys()
    return first
  }
}
