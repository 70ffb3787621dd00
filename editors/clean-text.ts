/** What every binding does to text that comes in from outside of the editor. */

/** `text` as a room takes it: CR LF and CR become LF, NUL goes, half of a surrogate pair becomes U+FFFD. */
export function cleanText(text: string): string {
  return isClean(text)
    ? text
    : text
        .replace(/\r\n?/g, '\n')
        .replaceAll('\0', '')
        .replace(/\p{Surrogate}/gu, '\uFFFD')
}

/**
 * `text` as it may stand in an editor until the end of the turn: clean, but for half of a surrogate pair at either end. Some
 * browsers bring an emoji in two inputs, each with one half.
 */
export function cleanInput(text: string): string {
  if (isClean(text)) return text
  const head = /^[\udc00-\udfff]/.test(text) ? 1 : 0
  const tail = text.length > head && /[\ud800-\udbff]$/.test(text) ? 1 : 0
  const end = text.length - tail
  return text.slice(0, head) + cleanText(text.slice(head, end)) + text.slice(end)
}

/** Whether there is half of a surrogate pair in `text`. */
export function hasHalf(text: string): boolean {
  return /\p{Surrogate}/u.test(text)
}

function isClean(text: string): boolean {
  return !/[\0\r]|\p{Surrogate}/u.test(text)
}
