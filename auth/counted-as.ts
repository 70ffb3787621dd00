/**
 * What limits count somebody as, made by the Worker where somebody comes and handed on beside who they are.
 * Digests, of fixed length whatever they are of: a key that is cut short would make one of two people. That
 * of an address is keyed, since there are few enough addresses to try them all; the address itself goes no
 * further.
 */
import type { CountedAs } from '../core/limits/accounts.ts'
import { networkOf } from '../core/limits/network.ts'
import { SHARED_USER } from '../core/model/admission.ts'

/** Says what is digested: the key signs other things, too. */
const PURPOSE = 'edgeroom address: '

/**
 * The digest of the network that an address is in.
 * @param address IPv4 or IPv6
 * @param key the deployment's
 */
export async function addressDigest(address: string, key: CryptoKey): Promise<string> {
  return hex(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(PURPOSE + networkOf(address))))
}

/** @param address its digest; null where it is not known */
export async function countedAs(user: string, address: string | null): Promise<CountedAs> {
  // Those who send no token are one user, and would else pay for each other wherever they are.
  const who = user === SHARED_USER ? `${user} ${address ?? ''}` : user
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(who))
  return { user: hex(digest), address }
}

function hex(digest: ArrayBuffer): string {
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
