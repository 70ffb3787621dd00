/**
 * Texts cut into parts that fit a SQLite row (2 MB, also when every unit takes 3 bytes), never between the halves of a
 * surrogate pair, which UTF-8 could not keep.
 */
const PART_UNITS = 512 * 1024

/** The parts of a text in order; one empty part for an empty text. */
export function split(text: string, units = PART_UNITS): string[] {
  const parts: string[] = []
  let from = 0
  while (text.length - from > units) {
    const last = text.charCodeAt(from + units - 1)
    const to = from + units - (last >= 0xd800 && last < 0xdc00 ? 1 : 0)
    parts.push(text.slice(from, to))
    from = to
  }
  parts.push(text.slice(from))
  return parts
}
