/**
 * People for whom nobody vouches. A guest's token is any secret string that the browser made up and keeps; the user is its
 * digest, so the secret never reaches the log or the other people, and the same browser is the same user each time. The
 * digest is keyed: everybody in a room sees it, and without the key nobody can try tokens against it. What a guest may do is no
 * matter of this module.
 */
import { SHARED_USER } from '../core/model/admission.ts'
import { ADJECTIVES, ANIMALS } from './guest-names.ts'
import type { Person } from './principal.ts'

/** Says what is digested, so that the same secret may sign other things: no token that it signs begins like this. */
const PURPOSE = 'edgeroom guest: '

/** Bytes of a digest, or of chance, in the id of a user. Those that follow make the name. */
const ID_BYTES = 10

const GUEST = { role: null, issuedAt: null, expiresAt: null, isGuest: true } as const

/** The guest behind a secret; one shared guest for those who show none. */
export async function guestOf(secret: string | null, key: CryptoKey): Promise<Person> {
  if (secret === null) return { user: SHARED_USER, name: 'Guest', ...GUEST }
  const bytes = new TextEncoder().encode(PURPOSE + secret)
  const digest = new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes))
  return { user: `g${hex(digest)}`, name: nameOf(digest), ...GUEST }
}

/** A user whom nobody has seen before, and what to call them. */
export function newUser(): { readonly user: string; readonly name: string } {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES + 2))
  return { user: `u${hex(bytes)}`, name: nameOf(bytes) }
}

function hex(bytes: Uint8Array): string {
  return [...bytes.slice(0, ID_BYTES)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function nameOf(bytes: Uint8Array): string {
  const adjective = ADJECTIVES[(bytes[ID_BYTES] ?? 0) % ADJECTIVES.length]
  const animal = ANIMALS[(bytes[ID_BYTES + 1] ?? 0) % ANIMALS.length]
  return `${adjective} ${animal}`
}
