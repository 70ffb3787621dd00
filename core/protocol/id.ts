/**
 * Ids of clients, sessions and files, short: they stand in every commit, and every commit goes to everybody. They have to be
 * unique in their room only, for which 71 bits in 12 characters are plenty: of a million ids two are alike once in 10^9 rooms.
 * The first is a letter. The bits come from whoever has a source of them.
 */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const DIGIT_COUNT = 12

/** The platform's `crypto`, as far as it is needed. */
export interface RandomSource {
  getRandomValues(bytes: Uint8Array<ArrayBuffer>): Uint8Array
}

export function randomId(source: RandomSource): string {
  return idOf(source.getRandomValues(new Uint8Array(DIGIT_COUNT)))
}

/** @param bytes one for each character, of which the lowest six bits count, and five of the first */
export function idOf(bytes: Uint8Array): string {
  let id = ''
  for (const [i, byte] of bytes.entries()) id += DIGITS[byte & (i === 0 ? 31 : 63)]
  return id
}
