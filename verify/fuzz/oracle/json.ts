/**
 * A second implementation of T7: nesting depth and content of a frame, counted character by character. Knows
 * nothing of messages.
 */

const DEPTH = 32
/** The most that everything in a frame may count together. */
const MOST = 512 * 1024
/** What a list, an object other than a delete, and each further member of an object count. */
const LARGE = 16

/** The close for a frame that is not parsed; null if it is parsed. */
export function excessOf(frame: string): 'close 4400' | 'close 4413' | null {
  const open: string[] = []
  let counted = 0
  let isString = false
  for (let at = 0; at < frame.length; at++) {
    const character = frame[at]
    if (isString) {
      if (character === '\\') at++
      else if (character === '"') isString = false
      continue
    }
    if (character === '"') isString = true
    else if (character === '[' || character === '{') {
      open.push(character)
      counted += frame.startsWith('{"d"', at) ? 1 : LARGE
    } else if (character === ']' || character === '}') open.pop()
    else if (character === ',') counted += open.at(-1) === '{' ? LARGE : 1
    if (open.length > DEPTH) return 'close 4400'
    if (counted > MOST) return 'close 4413'
  }
  return null
}
