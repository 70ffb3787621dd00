/**
 * One colour per user, the same for everybody and in every session. The golden angle separates the hues;
 * lightness and chroma are fixed so that a caret is readable on white and on near-black.
 */
import { checksumOf } from '../../core/text/checksum.ts'

/** A CSS colour for a user id. */
export function colorOf(user: string): string {
  const hue = Math.round((checksumOf(user) % 4096) * 137.508) % 360
  return `oklch(0.62 0.17 ${hue})`
}
