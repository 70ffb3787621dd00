/**
 * What the Worker tells a room's object about a connection. The Worker alone sets these headers; what comes from outside is dropped.
 * A header holds Latin-1 at best, and names of people are not Latin: a person travels as JSON in percent-encoding.
 */

import type { Person } from '../../auth/principal.ts'
import type { CountedAs } from '../../core/limits/accounts.ts'

export const IDENTITY_HEADER = 'x-edgeroom-identity'
/** What limits count them as. */
export const COUNTED_HEADER = 'x-edgeroom-counted'
export const ROOM_HEADER = 'x-edgeroom-room'

/** The value of IDENTITY_HEADER: plain ASCII, whatever the person is called. */
export function encodePerson(person: Person): string {
  return encodeURIComponent(JSON.stringify(person))
}

/** The person in a value of IDENTITY_HEADER; null where the Worker has not made it. */
export function decodePerson(header: string | null): Person | null {
  // Nothing else comes out of `encodeURIComponent`.
  if (header === null || !/^[A-Za-z0-9\-_.!~*'()%]+$/.test(header)) return null
  try {
    const value: unknown = JSON.parse(decodeURIComponent(header))
    return isPerson(value) ? value : null
  } catch {
    // Half an escape, or no JSON.
    return null
  }
}

/** What limits count somebody as, in a value of COUNTED_HEADER, which is JSON; null where the Worker has not made it. */
export function decodeCounted(header: string | null): CountedAs | null {
  return header === null ? null : (JSON.parse(header) as CountedAs)
}

function isPerson(value: unknown): value is Person {
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
