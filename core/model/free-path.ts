/**
 * Where a file goes whose own path is not free any more: beside it, under the same name with a number. Room and SDK ask the same
 * function, so that a client can show where the room will put the file. It knows paths alone, no file's id and no text.
 */
import { PATH_BYTES } from '../protocol/limits.ts'
import { foldersOf, pathFault } from '../protocol/path.ts'
import { bytesOf } from '../text/units.ts'
import type { RoomFiles } from './files.ts'

/** Numbers that are tried: where so many files of one name lie side by side, somebody else has to choose. */
const MOST_TRIES = 100
/** UTF-16 units of an extension, its dot included; a longer one is part of the name. */
const EXTENSION_UNITS = 16

/**
 * `path` itself where it is free; else `a (2).txt` for `a.txt`, and so on. Where a file has the name of one of its folders, the
 * folder gets the number. A name that would be too long is cut.
 * @returns null when no such path is free
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

/** @param most bytes of UTF-8 that it may have; null where it could not */
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
