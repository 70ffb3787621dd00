/**
 * The public keys of a host's identity provider, from its JWKS address: fetched when first needed, cached in
 * the isolate, and fetched again when they get old or a token names an unknown one. Invariant: failing to
 * reach the provider is distinguished from an invalid token, so that an outage of the provider rejects
 * nobody permanently.
 */
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'

/** The keys are unavailable at the moment. */
export class KeysAway extends Error {
  override readonly name = 'KeysAway'
}

/**
 * ms after which keys are fetched again: a key revoked by the provider is accepted here no longer than this.
 */
const RENEW_MS = 10 * 60_000
/** ms that keys remain in use while the provider is down. */
const KEEP_MS = 6 * 60 * 60_000
/** ms between two fetches for unknown keys named by tokens: anybody can make up such tokens. */
const COOLDOWN_MS = 30_000
/** Timeout of a fetch, ms. */
const TIMEOUT_MS = 5_000
/** ms after a failure before the provider is asked again. */
const PAUSE_MS = 1_000

/** The provider just failed, and is not asked again yet. */
class Paused extends Error {}

class RemoteKeys {
  readonly #remote: ReturnType<typeof createRemoteJWKSet>
  #fetchedAt = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  #failedAt = Number.NEGATIVE_INFINITY

  constructor(url: string) {
    this.#remote = createRemoteJWKSet(new URL(url), {
      timeoutDuration: TIMEOUT_MS,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: KEEP_MS,
      [customFetch]: (address, options) => {
        if (Date.now() - this.#failedAt < PAUSE_MS) return Promise.reject(new Paused())
        return fetch(address, options)
      },
    })
  }

  /**
   * The key that a token names.
   * @throws JOSEError if there is none, KeysAway if that is unknown at the moment
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (Date.now() - this.#fetchedAt >= RENEW_MS) await this.#renew()
    try {
      return await this.#remote(header, token)
    } catch (error) {
      throw isOfToken(error) ? error : this.#away(error)
    }
  }

  /**
   * Asks the provider now. Returns whether it serves any keys; if it does not, the current ones stay in use.
   */
  readonly answer = async (): Promise<boolean> => {
    try {
      await this.#remote.reload()
      this.#fetchedAt = Date.now()
      return (this.#remote.jwks()?.keys.length ?? 0) > 0
    } catch (error) {
      this.#away(error)
      return false
    }
  }

  async #renew(): Promise<void> {
    // While there are usable keys, one renewal at a time is enough. Not a flag: the request doing it may be
    // aborted.
    if (this.#remote.fresh && Date.now() - this.#triedAt < TIMEOUT_MS) return
    this.#triedAt = Date.now()
    try {
      await this.#remote.reload()
      this.#fetchedAt = Date.now()
    } catch (error) {
      const away = this.#away(error)
      if (!this.#remote.fresh) throw away
    }
  }

  #away(error: unknown): KeysAway {
    if (!(error instanceof Paused)) {
      this.#failedAt = Date.now()
      console.error(`The keys at AUTH_JWKS_URL could not be fetched: ${String(error)}`)
    }
    return new KeysAway()
  }
}

/** Whether the error is the token's fault: it needs a key that the set does not have. */
function isOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}

export type Keys = Pick<RemoteKeys, 'find' | 'answer'>

const known = new Map<string, RemoteKeys>()

/** The keys at an address, shared within this isolate. */
export function keysAt(url: string): Keys {
  const keys = known.get(url) ?? new RemoteKeys(url)
  known.set(url, keys)
  return keys
}
