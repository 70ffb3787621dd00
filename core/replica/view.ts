/**
 * The file list as seen locally: the committed list with the pending creations, renames and removals
 * applied. Changes that the room will refuse (a path taken in the meantime) are left out until it answers.
 * Computed lazily after each change.
 */

import { RoomFiles } from '../model/files.ts'
import { freePathBeside } from '../model/free-path.ts'
import type { FileInfo } from '../protocol/messages.ts'
import { pathFault } from '../protocol/path.ts'
import type { Pending } from './pending.ts'
import { ReplicaError } from './replica-error.ts'
import { type Creation, revivedFrom } from './revival.ts'

export class View {
  readonly #committed: () => RoomFiles
  readonly #pending: Pending
  #files: RoomFiles | null = null
  #list: readonly FileInfo[] | null = null

  constructor(committed: () => RoomFiles, pending: Pending) {
    this.#committed = committed
    this.#pending = pending
  }

  invalidate(): void {
    this.#files = null
    this.#list = null
  }

  /** Revisions changed; files and paths did not. */
  touch(): void {
    this.#list = null
  }

  get files(): RoomFiles {
    this.#files ??= this.#make()
    return this.#files
  }

  /** Sorted by path. */
  get list(): readonly FileInfo[] {
    this.#list ??= [...this.files.values()]
      .map(({ file, path }) => ({ file, path, revision: this.#committed().get(file)?.revision ?? 0 }))
      .sort((a, b) => (a.path < b.path ? -1 : 1))
    return this.#list
  }

  /**
   * @param file the file that is to get the path, if it already exists
   * @throws ReplicaError `bad_path` or `path_taken`
   */
  checkPath(path: string, file?: string): void {
    const fault = pathFault(path)
    if (fault !== null) throw new ReplicaError('bad_path', fault)
    const obstacle = this.files.obstacleAt(path, file)
    if (obstacle !== null) throw new ReplicaError('path_taken', obstacle)
  }

  /**
   * As far as is known here.
   * @param file the file that is to get the path, if it already exists: it does not block itself
   */
  mayTake(path: string, file?: string): boolean {
    return pathFault(path) === null && this.files.obstacleAt(path, file) === null
  }

  #make(): RoomFiles {
    const files = new RoomFiles()
    for (const record of this.#committed().values()) files.set(record)
    for (const change of this.#pending.changes()) {
      if (change.type === 'create' || change.type === 'revive') {
        const path = placeOf(change, files)
        if (path !== null) files.set({ file: change.file, path, revision: 0, created: 0, text: null })
      } else if (change.type === 'rename') {
        rename(files, change.file, change.path)
      } else if (change.type === 'remove') {
        files.delete(change.file)
      }
    }
    return files
  }
}

/** Where the room will put a file; null if it will refuse. */
function placeOf(creation: Creation, files: RoomFiles): string | null {
  if (revivedFrom(creation) !== undefined) return freePathBeside(creation.path, files)
  return files.isFree(creation.path) ? creation.path : null
}

function rename(files: RoomFiles, file: string, path: string): void {
  const record = files.get(file)
  if (record !== undefined && files.obstacleAt(path, file) === null) files.set({ ...record, path })
}
