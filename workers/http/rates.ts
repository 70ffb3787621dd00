/**
 * Rate limits on connecting, creating rooms and inviting, by user and by address, whether or not the attempt
 * succeeds. Cloudflare's rate limiting counts if it is bound; otherwise, and when it fails, each isolate
 * counts by itself. It knows no users and addresses, only their digests, and no requests.
 */
import { Ledger } from '../../core/limits/ledger.ts'
import { Bucket } from '../../core/limits/rate.ts'
import type { Settings } from '../../durable-objects/settings/settings.ts'

/** Cloudflare's rate limiting bindings, by action and by user or address. */
export interface RateBindings {
  readonly CONNECTS_BY_USER?: RateLimit
  readonly CONNECTS_BY_ADDRESS?: RateLimit
  readonly ROOMS_BY_USER?: RateLimit
  readonly ROOMS_BY_ADDRESS?: RateLimit
  readonly INVITATIONS_BY_USER?: RateLimit
  readonly INVITATIONS_BY_ADDRESS?: RateLimit
}

export type Act = 'connect' | 'room' | 'invitation'
type By = 'user' | 'address'

const BINDINGS = {
  connect: { user: 'CONNECTS_BY_USER', address: 'CONNECTS_BY_ADDRESS' },
  room: { user: 'ROOMS_BY_USER', address: 'ROOMS_BY_ADDRESS' },
  invitation: { user: 'INVITATIONS_BY_USER', address: 'INVITATIONS_BY_ADDRESS' },
} as const satisfies Record<Act, Record<By, keyof RateBindings>>

export class Rates {
  readonly #bindings: RateBindings
  readonly #settings: Pick<Settings, 'perMinute' | 'limits'>
  readonly #buckets = new Map<string, Ledger<Bucket>>()

  constructor(bindings: RateBindings, settings: Pick<Settings, 'perMinute' | 'limits'>) {
    this.#bindings = bindings
    this.#settings = settings
  }

  /** Counts one action. Returns whether it is allowed. @param key digest of the user or the address */
  async allows(act: Act, by: By, key: string): Promise<boolean> {
    const { perMinute, limits } = this.#settings
    const most = perMinute[act] * (by === 'user' ? 1 : limits.addressUsers)
    if (most === 0) return true
    const binding = this.#bindings[BINDINGS[act][by]]
    if (binding === undefined) return this.#take(`${act} ${by}`, key, most)
    try {
      return (await binding.limit({ key })).success
    } catch (error) {
      console.error(`${BINDINGS[act][by]} did not answer: ${String(error)}`)
      return this.#take(`${act} ${by}`, key, most)
    }
  }

  #take(which: string, key: string, most: number): boolean {
    let buckets = this.#buckets.get(which)
    if (buckets === undefined) {
      buckets = new Ledger<Bucket>()
      this.#buckets.set(which, buckets)
    }
    const now = Date.now()
    const bucket = buckets.of(key, now, () => new Bucket({ perSecond: most / 60, burst: most }, now, 0))
    if (!bucket.covers(now, 1)) return false
    bucket.take(now, 1)
    return true
  }
}
