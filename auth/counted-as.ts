/**
 * The keys that limits count a person under, computed by the Worker and passed on next to the principal.
 * They are digests, of fixed length for any input: truncated keys could merge two people. The digest of an
 * address is keyed, since addresses are few enough to try them all; the address itself goes no further.
 */
import type { CountedAs } from '../core/limits/accounts.ts'
import { networkOf } from '../core/limits/network.ts'
import { SHARED_USER } from '../core/model/admission.ts'

/** Domain separation: the key also signs other things. */
const PURPOSE = 'edgeroom address: '

/**
 * The digest of an address's network.
 * @param address IPv4 or IPv6
 * @param key the deployment's
 */
export async function addressDigest(address: string, key: CryptoKey): Promise<string> {
  return hex(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(PURPOSE + networkOf(address))))
}

/** @param address its digest; null if unknown */
export async function countedAs(user: string, address: string | null): Promise<CountedAs> {
  // Everybody without a token is the same user, and would otherwise share one account wherever they are.
  const who = user === SHARED_USER ? `${user} ${address ?? ''}` : user
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(who))
  return { user: hex(digest), address }
}

function hex(digest: ArrayBuffer): string {
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
