/**
 * Guests: people without a signed token. A guest's token is a random secret that the browser made up and
 * stores; the user id is its digest, so the secret never reaches the log or other people, and the same
 * browser is always the same user. The digest is keyed: everybody in a room sees it, and without the key
 * nobody can test guesses against it. What guests may do is not decided here.
 */
import { SHARED_USER } from '../core/model/admission.ts'
import { ADJECTIVES, ANIMALS } from './guest-names.ts'
import type { Principal } from './principal.ts'

/** Domain separation, so that the same key can sign other things: no token begins like this. */
const PURPOSE = 'edgeroom guest: '

/** Bytes of the digest, or random bytes, in a user id. The ones after them determine the name. */
const ID_BYTES = 10

const GUEST = { role: null, issuedAt: null, expiresAt: null, isGuest: true } as const

/** The guest with this secret; null is the one guest shared by everybody without a token. */
export async function guestOf(secret: string | null, key: CryptoKey): Promise<Principal> {
  if (secret === null) return { user: SHARED_USER, name: 'Guest', ...GUEST }
  const bytes = new TextEncoder().encode(PURPOSE + secret)
  const digest = new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes))
  return { user: `g${hex(digest)}`, name: nameOf(digest), ...GUEST }
}

/** A new user, with a name. */
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
