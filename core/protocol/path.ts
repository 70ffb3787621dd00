/**
 * What a file's path may be: relative, with `/` between segments, the same bytes on every system. A path is only a
 * name: files are known by id, so a rename never confuses an edit.
 */
import { PATH_BYTES } from './limits.ts'

/** Control characters, the backslash that some systems read as a separator, and halves of surrogate pairs. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\\]/u

/**
 * Why `path` may not name a file, as a sentence for whoever chose it; null where it may: 1 to 512 bytes of UTF-8, no empty, `.` or `..`
 * segment, no control character. A character is named by its code point.
 */
export function pathFault(path: string): string | null {
  if (path === '') return 'A path must not be empty.'
  const forbidden = FORBIDDEN.exec(path)
  if (forbidden !== null) {
    const place = [...path.slice(0, forbidden.index)].length + 1
    return `A path must not contain ${nameOf(forbidden[0])}; it is character ${place} of this one.`
  }
  if (path.length > PATH_BYTES || utf8Bytes(path) > PATH_BYTES) {
    return `A path may have ${PATH_BYTES} bytes; this one has ${utf8Bytes(path)}.`
  }
  const segments = path.split('/')
  if (segments[0] === '') return 'A path must not begin with "/": it is relative to the room.'
  if (segments.at(-1) === '') return 'A path must not end with "/": it names a file.'
  for (const segment of segments) {
    if (segment === '') return 'A path must not contain "//".'
    if (segment === '.' || segment === '..') return `A path must not contain the segment "${segment}".`
  }
  return null
}

/** A character that cannot be shown, or must not be there, in words. */
function nameOf(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  if (character === '\\') return `a backslash (U+${hex}); write "/"`
  if (/\p{Cs}/u.test(character)) return `half of a surrogate pair (U+${hex})`
  return `the control character U+${hex}`
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
