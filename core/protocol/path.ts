/**
 * Rules for file paths: relative, `/` between segments, the same bytes on every system, and no invisible
 * characters. A path is only a name: files are identified by id, so a rename never confuses an edit.
 *
 * The rules apply on admission only: a path that is already in a log was admitted by the rules of its time,
 * and stays.
 */
import { PATH_BYTES, PATH_SEGMENTS } from './limits.ts'
import { BIDI, HAS_VISIBLE, INVISIBLE, SHAPING } from './visible.ts'

/**
 * Control characters, the backslash (a separator on some systems), surrogate halves, and invisible
 * characters.
 */
const FORBIDDEN = new RegExp(String.raw`[\p{Cc}\p{Cs}\\]|${BIDI}|${INVISIBLE}`, 'u')
const CHANGES_DIRECTION = new RegExp(BIDI, 'u')
/** After these, a joiner or selector has nothing to shape. Digits, `#` and `*` become keys (1️⃣). */
const SHAPES_NOTHING = new RegExp(String.raw`(^|[\0-\x7f])${SHAPING}`, 'u')
const KEYCAP = /[0-9#*]\ufe0f\u20e3/g

const ASCII = /^[\0-\x7f]*$/
/** The ASCII part of `FORBIDDEN`. Most paths are ASCII, and need no other check. */
const FORBIDDEN_ASCII = /[\p{Cc}\\]/u
const GRAPHIC_ASCII = /[!-~]/

/**
 * Why `path` is not a valid file path, as a sentence for the user; null if it is valid: 1 to 512 bytes of
 * UTF-8, at most 32 segments, no empty, `.` or `..` segment, no control character, no invisible character.
 * The sentence names characters by code point.
 */
export function pathFault(path: string): string | null {
  if (path === '') return 'A path must not be empty.'
  const forbidden = forbiddenIn(path)
  if (forbidden !== null) {
    const place = [...path.slice(0, forbidden.at)].length + 1
    return `A path must not contain ${nameOf(forbidden.character)}; it is character ${place} of this one.`
  }
  if (path.length > PATH_BYTES || utf8Bytes(path) > PATH_BYTES) {
    return `A path may have at most ${PATH_BYTES} bytes; this one has ${utf8Bytes(path)}.`
  }
  const segments = path.split('/')
  if (segments[0] === '') return 'A path must not begin with "/": it is relative to the room.'
  if (segments.at(-1) === '') return 'A path must not end with "/": it names a file.'
  if (segments.length > PATH_SEGMENTS) {
    return `A path may have at most ${PATH_SEGMENTS} segments; this one has ${segments.length}.`
  }
  for (const segment of segments) {
    if (segment === '') return 'A path must not contain "//".'
    if (segment === '.' || segment === '..') return `A path must not contain the segment "${segment}".`
    if (!GRAPHIC_ASCII.test(segment) && !HAS_VISIBLE.test(segment)) {
      return 'A path must not contain a segment without visible characters.'
    }
  }
  return null
}

/**
 * Maps paths to the same key if they are the same path on a disk that ignores case or Unicode normalisation.
 * Computed when a path is claimed, and never stored: a later version of Unicode may give another key.
 */
export function pathKey(path: string): string {
  if (ASCII.test(path)) return path.toLowerCase()
  // Normalised again because some letters compose only in lower case. Sigma has a different form at the end
  // of a word.
  return path.normalize('NFC').toLowerCase().normalize('NFC').replaceAll('ς', 'σ')
}

function forbiddenIn(path: string): { character: string; at: number } | null {
  const isAscii = ASCII.test(path)
  const forbidden = (isAscii ? FORBIDDEN_ASCII : FORBIDDEN).exec(path)
  if (forbidden !== null) return { character: forbidden[0], at: forbidden.index }
  if (isAscii) return null
  // The replacement has the same length, so that indices stay valid.
  const shaping = SHAPES_NOTHING.exec(path.replace(KEYCAP, '\u20e3\u20e3\u20e3'))
  if (shaping === null) return null
  const [whole, before = ''] = shaping
  return { character: whole.slice(before.length), at: shaping.index + before.length }
}

/** Describes a character that is invisible or forbidden. */
function nameOf(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  if (character === '\\') return `a backslash (U+${hex}); write "/"`
  if (/\p{Cs}/u.test(character)) return `half of a surrogate pair (U+${hex})`
  if (CHANGES_DIRECTION.test(character)) return `U+${hex}, which changes the direction of the text`
  if (!/\p{Cc}/u.test(character)) return `the invisible character U+${hex}`
  return `the control character U+${hex}`
}

/** The folders above a path: for `a/b/c.ts`, `a` and `a/b`. */
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
