/**
 * Whose tokens a deployment accepts, from its variables: those it signs itself with AUTH_SECRET, and those
 * of the host's identity provider, if one is configured. A missing or invalid variable is an error whose
 * message says what to do and quotes no value.
 */

import { keysAt } from '../../auth/keys.ts'
import { isLoopback } from '../../auth/loopback.ts'
import { isServerSecret, SERVER_SECRET_UNITS } from '../../auth/secrets.ts'
import type { Provider, TokenRules } from '../../auth/tokens.ts'
import type { Variables } from './table.ts'
import { isHttpAddress, textOf } from './values.ts'

export type TokenVars = Variables<
  'ENVIRONMENT' | 'AUTH_SECRET' | 'AUTH_JWKS_URL' | 'AUTH_ISSUER' | 'AUTH_AUDIENCE'
>

const HOW_TO_MAKE_ONE =
  'Generate one with "openssl rand -base64 32" and set it with "npx wrangler secret put AUTH_SECRET".'

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
  return 'AUTH_SECRET is too easy to guess: it is repetitive, sequential, or a placeholder.'
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
      'AUTH_ISSUER and AUTH_AUDIENCE have no effect without AUTH_JWKS_URL. Set that to the public keys of your identity ' +
        'provider (its "jwks_uri"), or remove the other two.',
    )
  }
  if (!isAddress(url, isLocal)) {
    throw new Error(
      'AUTH_JWKS_URL is not a valid address. Write https://id.example.com/…, which your identity provider lists as its ' +
        '"jwks_uri"; http:// is only for development on one machine.',
    )
  }
  if (issuer === '') {
    throw new Error(
      'AUTH_ISSUER is missing: with AUTH_JWKS_URL, set it to exactly the "iss" of the tokens to accept.',
    )
  }
  if (audiences.length === 0) {
    throw new Error(
      'AUTH_AUDIENCE is missing: with AUTH_JWKS_URL, set it to the "aud" of the tokens to accept; ' +
        'several separated by commas.',
    )
  }
  return { keys: keysAt(url), issuer, audiences }
}

function isAddress(text: string, isLocal: boolean): boolean {
  if (!isHttpAddress(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (isLocal && protocol === 'http:' && isLoopback(hostname))
}
