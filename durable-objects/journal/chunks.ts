/**
 * How much a SQLite row may hold (2 MB of UTF-8), and how a text is split into chunks that fit one. A
 * surrogate pair is never split, since UTF-8 cannot represent half of one.
 */
import { ROW_BYTES } from '../../core/protocol/limits.ts'
import { bytesOf } from '../../core/text/units.ts'

/** In UTF-8. */
const MOST_BYTES_PER_UNIT = 3
/** UTF-16 units of a chunk: it fits a row even if every unit takes 3 bytes. */
const CHUNK_UNITS = 512 * 1024

/**
 * Whether a text fits a row, with a few numbers beside it. The local runtime accepts larger rows; the
 * platform does not.
 */
export function fitsRow(text: string): boolean {
  return text.length * MOST_BYTES_PER_UNIT <= ROW_BYTES || bytesOf(text) <= ROW_BYTES
}

/** The chunks of a text in order; one empty chunk for an empty text. */
export function split(text: string, units = CHUNK_UNITS): string[] {
  const chunks: string[] = []
  let from = 0
  while (text.length - from > units) {
    const last = text.charCodeAt(from + units - 1)
    const to = from + units - (last >= 0xd800 && last < 0xdc00 ? 1 : 0)
    chunks.push(text.slice(from, to))
    from = to
  }
  chunks.push(text.slice(from))
  return chunks
}
