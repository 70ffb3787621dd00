/**
 * The public keys of a host's identity provider, as its JWKS address gives them: fetched when they are first needed, kept in the isolate,
 * fetched anew when they grow old or a token names one that is not there. The invariant: what goes wrong on the way to
 * the provider is told apart from what is wrong with a token, so that nobody is sent away for good because the provider is away.
 */
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'

/** The keys could not be had just now. */
export class KeysAway extends Error {
  override readonly name = 'KeysAway'
}

/** ms after which keys are fetched anew: a key that the provider takes back is not taken here for longer than this. */
const RENEW_MS = 10 * 60_000
/** ms that keys are used on while the provider is away. */
const KEEP_MS = 6 * 60 * 60_000
/** ms between two fetches for keys that tokens name and that are not there: anybody can make up such tokens. */
const COOLDOWN_MS = 30_000
/** ms that a fetch may take. */
const TIMEOUT_MS = 5_000
/** ms after a failure in which the provider is left alone. */
const PAUSE_MS = 1_000

/** The provider was asked a moment ago, and did not answer. */
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

  /** The key that a token names. @throws JOSEError where there is none, KeysAway where that cannot be said now */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (Date.now() - this.#fetchedAt >= RENEW_MS) await this.#renew()
    try {
      return await this.#remote(header, token)
    } catch (error) {
      throw isOfToken(error) ? error : this.#away(error)
    }
  }

  /** Asks the provider now. Answers whether it has keys to show; what is in use stays in use where it has not. */
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
    // As long as there are keys to go on with, one at a time is enough. Not a flag: who tries may be cut off in the middle.
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
      console.error(`The keys at AUTH_JWKS_URL could not be had: ${String(error)}`)
    }
    return new KeysAway()
  }
}

/** Whether a token asks for what the set of keys does not have. */
function isOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}

export type Keys = Pick<RemoteKeys, 'find' | 'answer'>

const known = new Map<string, RemoteKeys>()

/** The keys at an address: the same for all who ask in this isolate. */
export function keysAt(url: string): Keys {
  const keys = known.get(url) ?? new RemoteKeys(url)
  known.set(url, keys)
  return keys
}
