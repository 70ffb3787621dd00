/**
 * Derives the owner of a stored copy from a token, without the room: the same for all signed tokens of one
 * user, and for a guest's secret. The token cannot be recovered from it.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** Prefix of the digest's input, so that it differs from digests of the same token for other purposes. */
const PURPOSE = 'edgeroom copy of '

/**
 * Digest of a token's user: issuer and subject of a signed token, which survive renewal, or the whole guest
 * secret. Null for a token that cannot be read.
 */
export function whoseOf(token: string): string | null {
  const [, claims, ...rest] = token.split('.')
  if (claims === undefined || rest.length === 0) return digest(['guest', token])
  try {
    const { iss, sub } = JSON.parse(textOf(claims))
    return typeof iss === 'string' && typeof sub === 'string' ? digest(['signed', iss, sub]) : null
  } catch {
    // The room accepts no such token.
    return null
  }
}

/** Computed without `crypto.subtle`, which is asynchronous, and missing in pages served over plain http. */
function digest(user: readonly string[]): string {
  return bytesToHex(sha256(utf8ToBytes(PURPOSE + JSON.stringify(user))))
}

/** @param base64 base64url, as in a JWT */
function textOf(base64: string): string {
  const bytes = atob(base64.replaceAll('-', '+').replaceAll('_', '/'))
  return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
}
