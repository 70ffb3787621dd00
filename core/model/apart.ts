/**
 * Resolves path conflicts among files that were stored at different moments: one may have been stored before
 * it was renamed, another later, at the path that the first had. Invariant: no file is dropped, and of two
 * in conflict the one that changed last keeps its path. It knows ids, paths and revisions, not texts.
 */
import { RoomFiles } from './files.ts'
import { freePathBeside } from './free-path.ts'

interface Placed {
  readonly file: string
  readonly path: string
  readonly revision: number
}

/** Whether two files have exactly the same path. */
export function hasTwins(files: readonly Placed[]): boolean {
  return new Set(files.map(({ path }) => path)).size < files.length
}

/** Newest first; ties are broken by id, so that the order is always the same. */
function byAge(left: Placed, right: Placed): number {
  return right.revision - left.revision || (left.file < right.file ? -1 : 1)
}

/** The files that have to move so that all can be on one disk together, each with its new path. */
export function movedApart<File extends Placed>(files: readonly File[]): File[] {
  const room = new RoomFiles()
  const place = ({ file, path, revision }: Placed) =>
    room.set({ file, path, revision, created: 0, text: null })
  const inTheWay: File[] = []
  for (const file of [...files].sort(byAge)) {
    if (room.isFree(file.path)) place(file)
    else inTheWay.push(file)
  }
  // Last, so that none of them gets a path that another file can keep.
  return inTheWay.map((file) => {
    const path = freePathBeside(file.path, room) ?? freePathBeside(file.file, room) ?? file.file
    const moved = { ...file, path }
    place(moved)
    return moved
  })
}
