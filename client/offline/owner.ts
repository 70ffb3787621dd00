/**
 * Whose a copy in a storage is, told from a token, without asking the room. Signed tokens of one user give the
 * same answer, so does a guest's secret; the token cannot be read from it.
 */
import { sha256 } from './sha256.ts'

/** What stands before what is digested: the digest of a token for another purpose is another. */
const PURPOSE = 'edgeroom copy of '

/**
 * A digest of the user of a token: of the issuer and subject of a signed one, which stay when it is renewed, or
 * of the whole of a guest's secret.
 * Null for a token of which that cannot be said.
 */
export function whoseOf(token: string): string | null {
  const [, claims, ...rest] = token.split('.')
  if (claims === undefined || rest.length === 0) return digest(['guest', token])
  try {
    const { iss, sub } = JSON.parse(textOf(claims))
    return typeof iss === 'string' && typeof sub === 'string' ? digest(['signed', iss, sub]) : null
  } catch {
    // The room takes no token that cannot be read.
    return null
  }
}

function digest(user: readonly string[]): string {
  return sha256(PURPOSE + JSON.stringify(user))
}

/** @param base64 as JWTs have it */
function textOf(base64: string): string {
  const bytes = atob(base64.replaceAll('-', '+').replaceAll('_', '/'))
  return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
}
