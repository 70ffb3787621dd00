/** The file list as a tree of folders, and its visible rows. Pure: paths in, rows out. */
import type { FileEntry } from '../../client/types.ts'

export interface Row {
  /** Full path of the file or folder. */
  readonly path: string
  readonly name: string
  /** 1 at the top */
  readonly level: number
  /** Position among the siblings, from 1, and their count. */
  readonly position: number
  readonly siblings: number
  /** null for a folder */
  readonly file: FileEntry | null
  readonly open: boolean
}

interface Folder {
  readonly folders: Map<string, Folder>
  readonly files: FileEntry[]
}

/**
 * The visible rows in order: folders before files, each sorted by name.
 * @param closed paths of closed folders
 */
export function rowsOf(files: readonly FileEntry[], closed: ReadonlySet<string>): Row[] {
  const top: Folder = { folders: new Map(), files: [] }
  for (const entry of files) {
    let folder = top
    for (const name of entry.path.split('/').slice(0, -1)) {
      const inner = folder.folders.get(name) ?? { folders: new Map(), files: [] }
      folder.folders.set(name, inner)
      folder = inner
    }
    folder.files.push(entry)
  }
  const rows: Row[] = []
  addRows(rows, top, '', 1, closed)
  return rows
}

function addRows(
  rows: Row[],
  folder: Folder,
  above: string,
  level: number,
  closed: ReadonlySet<string>,
): void {
  const siblings = folder.folders.size + folder.files.length
  let position = 0
  for (const [name, inner] of [...folder.folders].sort(([a], [b]) => byName(a, b))) {
    const path = above + name
    const open = !closed.has(path)
    rows.push({ path, name, level, position: ++position, siblings, file: null, open })
    if (open) addRows(rows, inner, `${path}/`, level + 1, closed)
  }
  for (const file of folder.files.sort((a, b) => byName(a.path, b.path))) {
    const name = file.path.slice(above.length)
    rows.push({ path: file.path, name, level, position: ++position, siblings, file, open: false })
  }
}

function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** The file at `path`, or all files in the folder at `path`. */
export function filesUnder(files: readonly FileEntry[], path: string): FileEntry[] {
  return files.filter((entry) => entry.path === path || entry.path.startsWith(`${path}/`))
}
