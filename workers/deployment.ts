/**
 * What has to be settled before a deployment may serve at all: production or local, its secret, and who may call. What is not set
 * means production, so that nothing is open by being forgotten; what is missing or cannot be understood refuses
 * every request, with a message that says what to do and quotes no value.
 */
import type { Env } from '../durable-objects/env.ts'
import { settingsOf } from '../durable-objects/settings.ts'
import { identityKey } from './identity.ts'
import { type OriginRules, originRules } from './origins.ts'

export interface Deployment {
  readonly origins: OriginRules
  /** Makes users of tokens; none but this deployment can. */
  readonly key: Promise<CryptoKey>
}

/** Why a deployment serves nobody. The message is for whoever runs it. */
export class NotConfigured extends Error {
  override readonly name = 'NotConfigured'
}

/** Characters of AUTH_SECRET. */
const SECRET_LENGTH = 32

const HOW_TO_MAKE_ONE =
  'Make one with "openssl rand -base64 32" and hand it over with "npx wrangler secret put AUTH_SECRET".'

/** Known to everybody: for machines on which nothing is to be kept from anybody. */
const LOCAL_SECRET = 'edgeroom runs locally, and this is no secret'

const known = new WeakMap<Env, Deployment | NotConfigured>()

/** The deployment behind these bindings, or why it is none: looked at once in the life of an isolate, and said in the log. */
export function deploymentOf(env: Env): Deployment | NotConfigured {
  const seen = known.get(env)
  if (seen !== undefined) return seen
  const found = examine(env)
  if (found instanceof NotConfigured) console.error(`This deployment refuses to serve: ${found.message}`)
  known.set(env, found)
  return found
}

function examine(env: Env): Deployment | NotConfigured {
  try {
    const { ENVIRONMENT: mode = '', ALLOWED_ORIGINS: allowed = '', AUTH_SECRET: secret = '' } = env
    if (mode !== '' && mode !== 'production' && mode !== 'local') {
      throw new NotConfigured('ENVIRONMENT must be production or local.')
    }
    const isLocal = mode === 'local'
    if (secret.length < SECRET_LENGTH && !(isLocal && secret === '')) {
      const wrong =
        secret === '' ? 'AUTH_SECRET is missing.' : `AUTH_SECRET needs at least ${SECRET_LENGTH} characters.`
      throw new NotConfigured(`${wrong} ${HOW_TO_MAKE_ONE}`)
    }
    const origins = originRules(allowed, isLocal)
    // What the objects would stumble over later, one request at a time.
    settingsOf(env)
    return { origins, key: identityKey(secret === '' ? LOCAL_SECRET : secret) }
  } catch (error) {
    return error instanceof NotConfigured ? error : new NotConfigured((error as Error).message)
  }
}
