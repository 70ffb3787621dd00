/**
 * Where to put a file whose own path is taken: next to it, under the same name with a number. Room and SDK
 * use the same function, so that a client can show where the room will put the file. It knows only paths, no
 * ids and no texts.
 */
import { PATH_BYTES } from '../protocol/limits.ts'
import { foldersOf, pathFault } from '../protocol/path.ts'
import { bytesOf } from '../text/units.ts'
import type { RoomFiles } from './files.ts'

/** Numbers to try: with this many files of one name side by side, the user has to choose. */
const MOST_TRIES = 100
/** UTF-16 units of an extension, including its dot; a longer one counts as part of the name. */
const EXTENSION_UNITS = 16

/**
 * `path` itself if it is free; otherwise `a (2).txt` for `a.txt`, and so on. If one of its folders is
 * occupied by a file, the folder gets the number. A name that would be too long is cut.
 * @returns null if no such path is free
 */
export function freePathBeside(path: string, files: RoomFiles): string | null {
  if (files.isFree(path)) return path
  const taken = foldersOf(path).find((folder) => files.hasFileLike(folder)) ?? path
  const rest = path.slice(taken.length)
  for (let number = 2; number < 2 + MOST_TRIES; number++) {
    const beside = numbered(taken, number, PATH_BYTES - bytesOf(rest))
    if (beside === null) return null
    const candidate = beside + rest
    if (pathFault(candidate) === null && files.isFree(candidate)) return candidate
  }
  return null
}

/** @param most maximum bytes of UTF-8; null if the name cannot be cut that short */
function numbered(path: string, number: number, most: number): string | null {
  const slash = path.lastIndexOf('/')
  const [folder, name] = [path.slice(0, slash + 1), path.slice(slash + 1)]
  const dot = name.lastIndexOf('.')
  const hasExtension = dot > 0 && name.length - dot <= EXTENSION_UNITS
  const stem = [...(hasExtension ? name.slice(0, dot) : name)]
  const end = ` (${number})${hasExtension ? name.slice(dot) : ''}`
  for (; stem.length > 0; stem.pop()) {
    const beside = `${folder}${stem.join('')}${end}`
    if (bytesOf(beside) <= most) return beside
  }
  return null
}
