/**
 * The list of files as it is here: the committed one with the pending creations, renames and removals on top. What the
 * room will refuse (a path that somebody took meanwhile) is left out until it answers. Made anew when asked after a change.
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

  /** Revisions moved; files and paths did not. */
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

  /** @param file the file that wants the path, if it is there already @throws ReplicaError `bad_path` or `path_taken` */
  checkPath(path: string, file?: string): void {
    const fault = pathFault(path)
    if (fault !== null) throw new ReplicaError('bad_path', fault)
    const obstacle = this.files.obstacleAt(path, file)
    if (obstacle !== null) throw new ReplicaError('path_taken', obstacle)
  }

  /** As far as it is known here. @param file the file that wants the path, if it is there already: it is not in its own way */
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

/** Where the room will put a file; null where it will refuse that. */
function placeOf(creation: Creation, files: RoomFiles): string | null {
  if (revivedFrom(creation) !== undefined) return freePathBeside(creation.path, files)
  return files.isFree(creation.path) ? creation.path : null
}

function rename(files: RoomFiles, file: string, path: string): void {
  const record = files.get(file)
  if (record !== undefined && files.obstacleAt(path, file) === null) files.set({ ...record, path })
}
