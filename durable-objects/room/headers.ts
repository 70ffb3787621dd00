/**
 * The headers with which the Worker describes a connection to the room's object. Only the Worker sets them;
 * any from outside are dropped. Header values are Latin-1 at best, and names of people may be in any script,
 * so a principal travels as percent-encoded JSON.
 */

import type { Principal } from '../../auth/principal.ts'
import type { CountedAs } from '../../core/limits/accounts.ts'

export const IDENTITY_HEADER = 'x-edgeroom-identity'
/** What the connection limits count the principal as. */
export const COUNTED_HEADER = 'x-edgeroom-counted'
export const ROOM_HEADER = 'x-edgeroom-room'

/** The value of IDENTITY_HEADER: plain ASCII, whatever the principal's name. */
export function encodePrincipal(principal: Principal): string {
  return encodeURIComponent(JSON.stringify(principal))
}

/** The principal in a value of IDENTITY_HEADER; null if the Worker did not write it. */
export function decodePrincipal(header: string | null): Principal | null {
  // `encodeURIComponent` emits no other characters.
  if (header === null || !/^[A-Za-z0-9\-_.!~*'()%]+$/.test(header)) return null
  try {
    const value: unknown = JSON.parse(decodeURIComponent(header))
    return isPrincipal(value) ? value : null
  } catch {
    // Truncated escape, or not JSON.
    return null
  }
}

/** The accounts in a value of COUNTED_HEADER, as JSON; null if the header is missing. */
export function decodeCounted(header: string | null): CountedAs | null {
  return header === null ? null : (JSON.parse(header) as CountedAs)
}

function isPrincipal(value: unknown): value is Principal {
  if (typeof value !== 'object' || value === null) return false
  const { user, name, role, issuedAt, expiresAt, isGuest, isProviders, token } = value as Record<
    string,
    unknown
  >
  const isMoment = (moment: unknown) => moment === null || typeof moment === 'number'
  return (
    typeof user === 'string' &&
    typeof name === 'string' &&
    (role === null || role === 'owner' || role === 'editor' || role === 'viewer') &&
    isMoment(issuedAt) &&
    isMoment(expiresAt) &&
    typeof isGuest === 'boolean' &&
    (isProviders === undefined || isProviders === true) &&
    (token === undefined || typeof token === 'string')
  )
}
