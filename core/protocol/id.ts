/**
 * Random ids of clients, sessions and files. They are short because every commit contains some, and every
 * commit goes to everybody. They need to be unique only within their room, for which the 71 bits in 12
 * characters are enough: among a million ids, two collide in one of 10^9 rooms. The first character is a
 * letter. The caller provides the source of randomness.
 */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const DIGIT_COUNT = 12

/** The part of the platform's `crypto` that is needed. */
export interface RandomSource {
  getRandomValues(bytes: Uint8Array<ArrayBuffer>): Uint8Array
}

export function randomId(source: RandomSource): string {
  return idOf(source.getRandomValues(new Uint8Array(DIGIT_COUNT)))
}

/** @param bytes one per character; the lowest six bits count, of the first byte five */
export function idOf(bytes: Uint8Array): string {
  let id = ''
  for (const [i, byte] of bytes.entries()) id += DIGITS[byte & (i === 0 ? 31 : 63)]
  return id
}
