/**
 * Files that are to lie beside each other, as they were stored at different moments: one may have been stored before it moved, and another
 * since, at the path that it had. Invariant: none is left out, and where two are in each other's way the one that changed last stays. It
 * knows ids, paths and revisions, no text.
 */
import { RoomFiles } from './files.ts'
import { freePathBeside } from './free-path.ts'

interface Placed {
  readonly file: string
  readonly path: string
  readonly revision: number
}

/** Whether two files have the very same path. */
export function hasTwins(files: readonly Placed[]): boolean {
  return new Set(files.map(({ path }) => path)).size < files.length
}

/** The one that changed last first; of two that changed at once, always the same one. */
function byAge(left: Placed, right: Placed): number {
  return right.revision - left.revision || (left.file < right.file ? -1 : 1)
}

/** The files that have to move for all of them to lie on one disk together, each with the path that it gets. */
export function movedApart<File extends Placed>(files: readonly File[]): File[] {
  const room = new RoomFiles()
  const place = ({ file, path, revision }: Placed) =>
    room.set({ file, path, revision, created: 0, text: null })
  const inTheWay: File[] = []
  for (const file of [...files].sort(byAge)) {
    if (room.isFree(file.path)) place(file)
    else inTheWay.push(file)
  }
  // Only now, so that none gets the path of another that can stay.
  return inTheWay.map((file) => {
    const path = freePathBeside(file.path, room) ?? freePathBeside(file.file, room) ?? file.file
    const moved = { ...file, path }
    place(moved)
    return moved
  })
}
