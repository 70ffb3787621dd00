/** Makes tokens, valid and invalid: signed with any key, by any algorithm, with any claims. */
import { createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import type { TokenRules } from '../../../auth/tokens.ts'
import { SECRET } from '../deployment.ts'

export const ISSUER = 'https://id.example'
export const AUDIENCE = 'edgeroom-of-example'

export const bytesOf = (text: string) => new TextEncoder().encode(text)

/** Unix seconds */
export const nowS = () => Math.floor(Date.now() / 1000)

/** The default claims of a deployment's token. */
export const OURS = { iss: 'edgeroom', aud: 'edgeroom', sub: 'ada', name: 'Ada', room: '*' }
/** The default claims of a provider's token. */
export const THEIRS = { iss: ISSUER, aud: AUDIENCE, sub: 'github|4711', name: 'Grace' }

type Key = Parameters<SignJWT['sign']>[0]

interface Signing {
  readonly key?: Key
  readonly alg?: string
  readonly kid?: string
}

/** Signs claims unchanged, valid for an hour by default. Undefined claims are left out. */
export function sign(
  claims: JWTPayload,
  { key = bytesOf(SECRET), alg = 'HS256', kid }: Signing = {},
): Promise<string> {
  const whole = { iat: nowS(), exp: nowS() + 3600, ...claims }
  const header = kid === undefined ? { alg } : { alg, kid }
  return new SignJWT(JSON.parse(JSON.stringify(whole))).setProtectedHeader(header).sign(key)
}

/** A token assembled from these parts. */
export function assembled(header: unknown, claims: unknown, signature = ''): string {
  return [base64url(JSON.stringify(header)), base64url(JSON.stringify(claims)), signature].join('.')
}

export function base64url(text: string): string {
  return btoa(String.fromCharCode(...bytesOf(text)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}

/** Changes a letter in the middle of a part of the token: 0 the header, 1 the claims, 2 the signature. */
export function tampered(token: string, part: 0 | 1 | 2): string {
  const parts = token.split('.')
  const text = parts[part] ?? ''
  const at = Math.floor(text.length / 2)
  parts[part] = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
  return parts.join('.')
}

/** An identity provider with a key of each kind. */
export async function provider() {
  const rsa = await generateKeyPair('RS256', { extractable: true })
  const ec = await generateKeyPair('ES256', { extractable: true })
  const keys = [
    { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', use: 'sig' },
    { ...(await exportJWK(ec.publicKey)), kid: 'ec', use: 'sig' },
  ]
  return { rsa, ec, keys, pem: await exportSPKI(rsa.publicKey) }
}

export type TestProvider = Awaited<ReturnType<typeof provider>>

/** These rules, with this provider. */
export function withProvider(rules: TokenRules, { keys }: TestProvider): TokenRules {
  return {
    ...rules,
    provider: {
      keys: { find: createLocalJWKSet({ keys }), answer: async () => true },
      issuer: ISSUER,
      audiences: ['another', AUDIENCE],
    },
  }
}
