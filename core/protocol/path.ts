/**
 * What a file's path may be: relative, with `/` between segments, the same bytes on every system. A path is only a
 * name: files are known by id, so a rename never confuses an edit.
 */
import { PATH_BYTES } from './limits.ts'

/** Control characters, the backslash that some systems read as a separator, and halves of surrogate pairs. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\\]/u

/** Whether `path` may name a file: 1 to 512 bytes of UTF-8, no empty, `.` or `..` segment, no control character. */
export function isPath(path: string): boolean {
  if (path === '' || path.length > PATH_BYTES || utf8Bytes(path) > PATH_BYTES || FORBIDDEN.test(path))
    return false
  for (const segment of path.split('/'))
    if (segment === '' || segment === '.' || segment === '..') return false
  return true
}

/** The folders above a path: `a/b/c.ts` has `a` and `a/b`. */
export function foldersOf(path: string): string[] {
  const folders: string[] = []
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    folders.push(path.slice(0, slash))
  }
  return folders
}

function utf8Bytes(text: string): number {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : unit >= 0xd800 && unit < 0xe000 ? 2 : 3
  }
  return bytes
}
