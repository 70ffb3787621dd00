/**
 * Bounds what a JSON text costs to parse, before it is parsed. `JSON.parse` spends time and stack on every
 * list and object: 8 MB of nested lists take seconds, and a value nested deeply enough cannot be serialised
 * again. One pass over the characters, which stops at the first excess, finds out for a fraction of that.
 *
 * Invariant: a text that passes has at most JSON_DEPTH nested lists and objects, and costs at most
 * JSON_COST. Whether it is valid JSON is left to the parser. Knows nothing about messages.
 */

/** Maximum nesting of lists and objects. */
export const JSON_DEPTH = 32

/**
 * Maximum total cost of the values in one text. A number, a string or the `{"d":n}` of an op costs 1, since
 * an op may have many of them. Every list, every other object and every further member of an object costs
 * STRUCTURE_COST: they take the parser that much longer.
 */
const JSON_COST = 512 * 1024
const STRUCTURE_COST = 16

const QUOTE = 0x22
const COMMA = 0x2c
const LETTER_D = 0x64
const OPEN_LIST = 0x5b
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Units of a string that are examined one by one before searching for the next quote. */
const NEAR_UNITS = 32

/**
 * `too_deep`: more than JSON_DEPTH levels. `too_complex`: more lists, objects and values than any message
 * needs.
 */
export type JsonExcess = 'too_deep' | 'too_complex'

/** What exceeds the bounds in a text that has not been parsed; null if it may be parsed. */
export function jsonExcess(json: string): JsonExcess | null {
  let depth = 0
  let left = JSON_COST
  /** One bit per level: 1 for an object. */
  let objects = 0
  for (let i = 0; i < json.length; i++) {
    const unit = json.charCodeAt(i)
    if (unit === QUOTE) {
      i = endOfString(json, i)
      if (i === -1) return null
    } else if (unit === COMMA) {
      left -= (objects & 1) === 1 ? STRUCTURE_COST : 1
      if (left < 0) return 'too_complex'
    } else if (unit === OPEN_LIST || unit === OPEN_OBJECT) {
      if (++depth > JSON_DEPTH) return 'too_deep'
      objects = (objects << 1) | (unit === OPEN_OBJECT ? 1 : 0)
      left -= unit === OPEN_OBJECT && isDelete(json, i) ? 1 : STRUCTURE_COST
      if (left < 0) return 'too_complex'
    } else if (unit === CLOSE_LIST || unit === CLOSE_OBJECT) {
      depth--
      objects >>>= 1
    }
  }
  return null
}

/** Whether `d` is the first key of the object that opens here. */
function isDelete(json: string, open: number): boolean {
  const key = open + 2
  return (
    json.charCodeAt(key - 1) === QUOTE &&
    json.charCodeAt(key) === LETTER_D &&
    json.charCodeAt(key + 1) === QUOTE
  )
}

/** Index of the quote that closes the string opened at `open`; -1 if there is none. */
function endOfString(json: string, open: number): number {
  let from = open + 1
  for (;;) {
    // Escapes often come in runs: searching for each of their quotes would cost more than looking at each
    // unit.
    const near = Math.min(from + NEAR_UNITS, json.length)
    while (from < near) {
      const unit = json.charCodeAt(from)
      if (unit === QUOTE) return from
      from += unit === BACKSLASH ? 2 : 1
    }
    const quote = json.indexOf('"', from)
    if (quote === -1) return -1
    let first = quote
    while (first > from && json.charCodeAt(first - 1) === BACKSLASH) first--
    if ((quote - first) % 2 === 0) return quote
    from = quote + 1
  }
}
