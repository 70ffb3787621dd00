/**
 * Ids of clients and files, short: they stand in every commit, and every commit goes to everybody. 128 bits in 22 characters,
 * of which the first is a letter. The bits come from whoever has a source of them.
 */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The platform's `crypto`, as far as it is needed. */
export interface RandomSource {
  getRandomValues(bytes: Uint8Array<ArrayBuffer>): Uint8Array
}

export function randomId(source: RandomSource): string {
  return idOf(source.getRandomValues(new Uint8Array(16)))
}

/** @param bytes 16 of them */
export function idOf(bytes: Uint8Array): string {
  let id = ''
  let bits = 0
  // 128 bits are two and 21 times six: the first digit is one of four.
  let held = 4
  for (const byte of bytes) {
    bits = (bits << 8) | byte
    held += 8
    while (held >= 6) {
      held -= 6
      id += DIGITS[(bits >>> held) & 63]
    }
    bits &= (1 << held) - 1
  }
  return id
}
