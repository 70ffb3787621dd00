/**
 * Who a request comes from. A guest's token is any secret string that the browser made up and keeps; the user is its
 * digest, so the secret never reaches the log or the other people, and the same browser is the same user each time. The
 * digest is keyed: everybody in a room sees it, and without the key nobody can try tokens against it.
 */
import { SHARED_USER } from '../core/room/entry.ts'
import type { Guest } from '../durable-objects/sessions.ts'
import { ADJECTIVES, ANIMALS } from './guest-names.ts'

const NOBODY: Guest = { user: SHARED_USER, name: 'Guest' }

const HMAC = { name: 'HMAC', hash: 'SHA-256' }

/** Says what is digested, so that the same secret may sign other things. */
const PURPOSE = 'edgeroom guest: '

const bytesOf = (text: string) => new TextEncoder().encode(text)

/** The key that a secret makes. */
export function identityKey(secret: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytesOf(secret), HMAC, false, ['sign'])
}

/** The guest behind a token; one shared guest for requests without any. */
export async function identify(token: string | null, key: CryptoKey): Promise<Guest> {
  if (token === null) return NOBODY
  const digest = new Uint8Array(await crypto.subtle.sign(HMAC.name, key, bytesOf(PURPOSE + token)))
  const user = [...digest.slice(0, 10)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const adjective = ADJECTIVES[(digest[10] ?? 0) % ADJECTIVES.length]
  const animal = ANIMALS[(digest[11] ?? 0) % ANIMALS.length]
  return { user: `g${user}`, name: `${adjective} ${animal}` }
}
