/**
 * Whose tokens a deployment takes, from its variables: those that it signs itself, with AUTH_SECRET, and those of the host's identity
 * provider, where one is named. What is missing or cannot be understood is an error with a message that says what to do
 * and quotes no value.
 */

import { keysAt } from '../../auth/keys.ts'
import { isLoopback } from '../../auth/loopback.ts'
import { isServerSecret, SERVER_SECRET_UNITS } from '../../auth/secrets.ts'
import type { Provider, TokenRules } from '../../auth/tokens.ts'
import { isHttpAddress, textOf } from './values.ts'

/** Variables that decide about tokens. What each means stands in docs/operations.md. */
export interface TokenVars {
  /** `production`, which it is when not set, or `local`. */
  readonly ENVIRONMENT?: string
  /** Keys what must not be guessed or forged; needed in production. */
  readonly AUTH_SECRET?: string
  /** Where the host's identity provider shows its public keys. With it, the two that follow are needed. */
  readonly AUTH_JWKS_URL?: string
  /** Whose tokens: their `iss`. */
  readonly AUTH_ISSUER?: string
  /** For whom: their `aud`, or several with commas between. */
  readonly AUTH_AUDIENCE?: string
}

const HOW_TO_MAKE_ONE =
  'Make one with "openssl rand -base64 32" and hand it over with "npx wrangler secret put AUTH_SECRET".'

/** Known to everybody: for machines on which nothing is to be kept from anybody. */
const LOCAL_SECRET = 'edgeroom runs locally, and this is no secret'

const known = new WeakMap<object, TokenRules>()

/**
 * The rules of the deployment behind these bindings, made once in the life of an isolate.
 * @throws Error that says what the deployment lacks
 */
export function tokenRulesOf(vars: TokenVars): TokenRules {
  const seen = known.get(vars)
  if (seen !== undefined) return seen
  const isLocal = vars.ENVIRONMENT === 'local'
  const rules = {
    secret: keyOf(secretOf(textOf('AUTH_SECRET', vars.AUTH_SECRET), isLocal)),
    provider: providerOf(vars, isLocal),
  }
  known.set(vars, rules)
  return rules
}

function secretOf(secret: string, isLocal: boolean): string {
  if (secret === '' && isLocal) return LOCAL_SECRET
  if (isServerSecret(secret)) return secret
  throw new Error(`${faultOf(secret)} ${HOW_TO_MAKE_ONE}`)
}

function faultOf(secret: string): string {
  if (secret === '') return 'AUTH_SECRET is missing.'
  if (secret.length < SERVER_SECRET_UNITS)
    return `AUTH_SECRET needs at least ${SERVER_SECRET_UNITS} characters.`
  return 'AUTH_SECRET is too easily guessed: it repeats itself, counts up, or is a placeholder.'
}

function keyOf(secret: string): Promise<CryptoKey> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  return crypto.subtle.importKey('raw', new TextEncoder().encode(secret), hmac, false, ['sign', 'verify'])
}

function providerOf(vars: TokenVars, isLocal: boolean): Provider | null {
  const url = textOf('AUTH_JWKS_URL', vars.AUTH_JWKS_URL)
  const issuer = textOf('AUTH_ISSUER', vars.AUTH_ISSUER)
  const audiences = textOf('AUTH_AUDIENCE', vars.AUTH_AUDIENCE)
    .split(',')
    .flatMap((entry) => entry.trim() || [])
  if (url === '') {
    if (issuer === '' && audiences.length === 0) return null
    throw new Error(
      'AUTH_ISSUER and AUTH_AUDIENCE say nothing without AUTH_JWKS_URL. Name the address of the public keys of your identity ' +
        'provider there (its "jwks_uri"), or take the other two out.',
    )
  }
  if (!isAddress(url, isLocal)) {
    throw new Error(
      'AUTH_JWKS_URL is no address to fetch keys from. Write https://id.example.com/…, as your identity provider calls its ' +
        '"jwks_uri"; http:// is for development on one machine alone.',
    )
  }
  if (issuer === '') {
    throw new Error(
      'AUTH_ISSUER is missing: with AUTH_JWKS_URL it has to say whose tokens are taken, exactly as they say it in "iss".',
    )
  }
  if (audiences.length === 0) {
    throw new Error(
      'AUTH_AUDIENCE is missing: with AUTH_JWKS_URL it has to say which tokens are for Edgeroom, as they say it in "aud"; ' +
        'several with commas between.',
    )
  }
  return { keys: keysAt(url), issuer, audiences }
}

function isAddress(text: string, isLocal: boolean): boolean {
  if (!isHttpAddress(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (isLocal && protocol === 'http:' && isLoopback(hostname))
}
