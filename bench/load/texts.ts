/**
 * Generated texts and positions. ASCII that needs no JSON escapes, so a byte is
 * a UTF-16 unit is a code point.
 */

const WORDS =
  'the room keeps what people type and tells everybody else about it while they go on typing'.split(' ')

/** A text of this many bytes. */
export function textOf(bytes: number): string {
  const parts: string[] = []
  for (let length = 0, i = 0; length <= bytes; i++) {
    const word = WORDS[(i * 7 + (i >> 4)) % WORDS.length] ?? ''
    parts.push(word)
    length += word.length + 1
  }
  return parts.join(' ').slice(0, bytes)
}

/** A random whole number from 0, below `limit`. */
export function below(limit: number): number {
  return Math.floor(Math.random() * limit)
}

/** Random positions for single letters, inserted one after another into an empty text. */
export function scatteredPositions(count: number): number[] {
  return Array.from({ length: count }, (_, i) => below(i + 1))
}
