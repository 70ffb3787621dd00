/** Cleaning of text that enters an editor from outside, for all bindings. */

/**
 * `text` as rooms accept it: CR LF and CR become LF, NUL is removed, half of a surrogate pair becomes
 * U+FFFD.
 */
export function cleanText(text: string): string {
  return isClean(text)
    ? text
    : text
        .replace(/\r\n?/g, '\n')
        .replaceAll('\0', '')
        .replace(/\p{Surrogate}/gu, '\uFFFD')
}

/**
 * `text` as an editor may hold it until the end of the turn: clean, except for half of a surrogate pair at
 * either end. Some browsers insert an emoji in two inputs, one half each.
 */
export function cleanInput(text: string): string {
  if (isClean(text)) return text
  const head = /^[\udc00-\udfff]/.test(text) ? 1 : 0
  const tail = text.length > head && /[\ud800-\udbff]$/.test(text) ? 1 : 0
  const end = text.length - tail
  return text.slice(0, head) + cleanText(text.slice(head, end)) + text.slice(end)
}

/** Whether `text` contains half of a surrogate pair. */
export function hasHalf(text: string): boolean {
  return /\p{Surrogate}/u.test(text)
}

function isClean(text: string): boolean {
  return !/[\0\r]|\p{Surrogate}/u.test(text)
}
