/**
 * What a SQLite row may hold (2 MB of UTF-8), and texts cut into parts that fit one, never between the halves of a surrogate
 * pair, which UTF-8 could not keep.
 */
import { ROW_BYTES } from '../../core/protocol/limits.ts'
import { bytesOf } from '../../core/text/units.ts'

/** In UTF-8. */
const MOST_BYTES_PER_UNIT = 3
/** UTF-16 units of a part: it fits also when every unit takes 3 bytes. */
const PART_UNITS = 512 * 1024

/** Whether a text fits a row, with some seqs and times beside it. The local runtime would take it all the same; the platform does not. */
export function fitsRow(text: string): boolean {
  return text.length * MOST_BYTES_PER_UNIT <= ROW_BYTES || bytesOf(text) <= ROW_BYTES
}

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
