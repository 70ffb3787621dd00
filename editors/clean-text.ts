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

function isClean(text: string): boolean {
  return !/[\0\r]|\p{Surrogate}/u.test(text)
}
