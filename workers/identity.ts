/**
 * Who a request comes from. A guest's token is any secret string that the browser made up and keeps; the user is its
 * digest, so the secret never reaches the log or the other people, and the same browser is the same user each time.
 */
import type { Guest } from '../durable-objects/sessions.ts'
import { ADJECTIVES, ANIMALS } from './guest-names.ts'

const NOBODY: Guest = { user: 'guest', name: 'Guest' }

/** The guest behind a token; one shared guest for requests without any. */
export async function identify(token: string | null): Promise<Guest> {
  if (token === null) return NOBODY
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)))
  const user = [...digest.slice(0, 10)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const adjective = ADJECTIVES[(digest[10] ?? 0) % ADJECTIVES.length]
  const animal = ANIMALS[(digest[11] ?? 0) % ANIMALS.length]
  return { user: `g${user}`, name: `${adjective} ${animal}` }
}
