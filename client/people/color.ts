/**
 * A colour per user: the same for everyone and in every session. Hues are told apart by the golden angle; lightness and
 * chroma are fixed so that the colour is readable as a caret on white and on near-black.
 */
import { checksumOf } from '../../core/text/checksum.ts'

/** A CSS colour for a user id. */
export function colorOf(user: string): string {
  const hue = Math.round((checksumOf(user) % 4096) * 137.508) % 360
  return `oklch(0.62 0.17 ${hue})`
}
