/**
 * Whose tokens a deployment accepts, from its variables: those it signs itself with AUTH_SECRET, and those
 * of the host's identity provider, if one is configured. A missing or invalid variable is an error whose
 * message says what to do and quotes no value.
 */

import { keysAt } from '../../auth/keys.ts'
import { isLoopback } from '../../auth/loopback.ts'
import { isServerSecret, SERVER_SECRET_UNITS } from '../../auth/secrets.ts'
import type { Provider, TokenRules } from '../../auth/tokens.ts'
import { isHttpAddress, textOf } from './values.ts'

/** Variables that concern tokens. docs/operations.md documents each. */
export interface TokenVars {
  /** `production`, which is the default, or `local`. */
  readonly ENVIRONMENT?: string
  /** The key for signing tokens and guest ids; required in production. */
  readonly AUTH_SECRET?: string
  /** The JWKS address of the host's identity provider. If set, the next two are required. */
  readonly AUTH_JWKS_URL?: string
  /** Accepted issuer: the tokens' `iss`. */
  readonly AUTH_ISSUER?: string
  /** Accepted audience: the tokens' `aud`; several separated by commas. */
  readonly AUTH_AUDIENCE?: string
}

const HOW_TO_MAKE_ONE =
  'Make one with "openssl rand -base64 32" and hand it over with "npx wrangler secret put AUTH_SECRET".'

/** Publicly known: for machines where nothing has to be protected. */
const LOCAL_SECRET = 'edgeroom runs locally, and this is no secret'

const known = new WeakMap<object, TokenRules>()

/**
 * The rules of the deployment with these bindings, computed once per isolate.
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
