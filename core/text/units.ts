// Measures of a plain string: points (Unicode code points, as in ops), UTF-16 units (as in editors and
// JavaScript) and UTF-8 bytes (as stored and sent). Unless noted otherwise, functions here expect
// well-formed text, in which every high surrogate begins a pair. Knows nothing of ops and trees.

/** Whether the unit is the first half of a surrogate pair. */
export function isHigh(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800
}

/** Whether the unit is the second half of a surrogate pair. */
export function isLow(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00
}

/** Points of `text` between two units, neither of which may split a pair. */
export function pointsBetween(text: string, fromUnit: number, toUnit: number): number {
  let points = toUnit - fromUnit
  for (let i = fromUnit; i < toUnit; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xd800) points--
  }
  return points
}

/** Points of the whole string. */
export function pointsOf(text: string): number {
  return pointsBetween(text, 0, text.length)
}

/** UTF-8 bytes of `text` between two units, neither of which may split a pair. */
export function bytesBetween(text: string, fromUnit: number, toUnit: number): number {
  let bytes = toUnit - fromUnit
  for (let i = fromUnit; i < toUnit; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    // A pair takes four bytes: two for each of its units.
    bytes += unit < 0x800 || (unit & 0xf800) === 0xd800 ? 1 : 2
  }
  return bytes
}

/** UTF-8 bytes of the whole string. */
export function bytesOf(text: string): number {
  return bytesBetween(text, 0, text.length)
}

/**
 * UTF-8 bytes of `text` between the quotes of a JSON string, as written by `JSON.stringify`. Accepts any
 * string, well formed or not.
 */
export function jsonBytesOf(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) {
      if (unit === QUOTE || unit === BACKSLASH) bytes++
      else if (unit < 0x20) bytes += isShortEscape(unit) ? 1 : 5
    } else if (unit < 0x800) bytes++
    else if ((unit & 0xf800) !== 0xd800) bytes += 2
    else if (isHigh(unit) && isLow(text.charCodeAt(i + 1))) {
      bytes += 2
      i++
    } else bytes += 5
  }
  return bytes
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Whether JSON has a two-character escape for the control character: \b, \t, \n, \f and \r. */
function isShortEscape(unit: number): boolean {
  return unit >= 8 && unit <= 13 && unit !== 11
}

/**
 * The unit at which a point of `text` begins.
 * @param point from 0 to `points`
 * @param points points of the whole text; the walk starts from the nearer end
 */
export function unitAt(text: string, point: number, points: number): number {
  const units = text.length
  if (points === units) return point
  if (point * 2 <= points) {
    let unit = 0
    for (let left = point; left > 0; left--) {
      unit += (text.charCodeAt(unit) & 0xfc00) === 0xd800 ? 2 : 1
    }
    return unit
  }
  let unit = units
  for (let left = points - point; left > 0; left--) {
    unit -= (text.charCodeAt(unit - 1) & 0xfc00) === 0xdc00 ? 2 : 1
  }
  return unit
}

/**
 * The point that contains a unit of `text`; both units of a pair are in the same point.
 * @param unit from 0 to the units of the text
 * @param points points of the whole text; the walk starts from the nearer end
 */
export function pointAt(text: string, unit: number, points: number): number {
  const units = text.length
  if (points === units) return unit
  const start = unit < units && isLow(text.charCodeAt(unit)) ? unit - 1 : unit
  if (start * 2 <= units) return pointsBetween(text, 0, start)
  return points - pointsBetween(text, start, units)
}

/**
 * Whether the text may be stored: no lone surrogate (its positions could not be counted in points, and a
 * database would silently replace it), no NUL (Postgres cannot store it), no CR (editors convert it to LF,
 * shifting what follows).
 */
export function isStorable(text: string): boolean {
  const units = text.length
  for (let i = 0; i < units; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0 || unit === 13) return false
    if ((unit & 0xf800) === 0xd800) {
      // A low half first, or a high half without a low half after it (past the end charCodeAt is NaN).
      if (unit >= 0xdc00 || !isLow(text.charCodeAt(++i))) return false
    }
  }
  return true
}
