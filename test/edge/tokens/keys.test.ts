/**
 * The keys of an identity provider: how often they are fetched, and what happens while they cannot be. Rule
 * A6 of docs/protocol.md.
 */
import { exportJWK, generateKeyPair } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { principalOf, TokenError, type TokenRules } from '../../../auth/tokens.ts'
import { tokenRulesOf } from '../../../durable-objects/settings/token-rules.ts'
import { secretOf } from '../../support/secrets.ts'
import { SECRET } from '../deployment.ts'
import { AUDIENCE, ISSUER, sign, THEIRS } from './makers.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** The provider's answer; null while it is down. */
let keys: object[] | null = null
let fetched: string[] = []
let addresses = 0
let logged = vi.fn()

const pairs = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')])
const published = await Promise.all(
  pairs.map(async ({ publicKey }, i) => ({ ...(await exportJWK(publicKey)), kid: `key-${i}`, alg: 'ES256' })),
)

/** A new address, with nothing cached. */
function freshRules(): TokenRules {
  return tokenRulesOf({
    AUTH_SECRET: SECRET,
    AUTH_JWKS_URL: `https://id.example/${++addresses}`,
    AUTH_ISSUER: ISSUER,
    AUTH_AUDIENCE: AUDIENCE,
  })
}

/** The result for a token with this key: `taken`, or the kind of error. */
async function fate(rules: TokenRules, key: 0 | 1, kid = `key-${key}`): Promise<string> {
  const pair = pairs[key]
  const token = await sign(
    { ...THEIRS, exp: 1e10 },
    { key: (pair as CryptoKeyPair).privateKey, alg: 'ES256', kid },
  )
  const found = await principalOf(token, rules, 'demo')
  return found instanceof TokenError ? found.kind : 'taken'
}

const later = (ms: number) => vi.setSystemTime(Date.now() + ms)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  keys = published.slice(0, 1)
  fetched = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (address) => {
    fetched.push(String(address))
    if (keys === null) throw new TypeError('the network is gone')
    return Response.json({ keys })
  })
  logged = vi.fn()
  vi.spyOn(console, 'error').mockImplementation(logged)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('[A6] the keys of a provider', () => {
  it('are fetched from their address when a token of the provider first needs them', async () => {
    const rules = freshRules()
    await principalOf(secretOf('one'), rules, 'demo')
    await principalOf(await sign(THEIRS), rules, 'demo')
    await principalOf(
      await sign(THEIRS, { alg: 'HS512', key: new TextEncoder().encode(SECRET.repeat(2)) }),
      rules,
      'demo',
    )
    expect(fetched).toEqual([])
    for (let i = 0; i < 5; i++) expect(await fate(rules, 0)).toBe('taken')
    expect(fetched).toEqual([`https://id.example/${addresses}`])
  })

  it('are fetched again after ten minutes, and a revoked one is no longer accepted', async () => {
    const rules = freshRules()
    expect(await fate(rules, 0)).toBe('taken')
    keys = published.slice(1)
    later(10 * MINUTE - 1)
    expect(await fate(rules, 0)).toBe('taken')
    later(1)
    expect(await fate(rules, 0)).toBe('unauthenticated')
    expect(await fate(rules, 1)).toBe('taken')
  })

  it('are fetched again for a token with an unknown one, at most twice a minute', async () => {
    const rules = freshRules()
    expect(await fate(rules, 0)).toBe('taken')
    for (let i = 0; i < 10; i++) expect(await fate(rules, 0, `made-up-${i}`)).toBe('unauthenticated')
    expect(fetched).toHaveLength(1)
    keys = [...published]
    later(30 * SECOND)
    expect(await fate(rules, 1)).toBe('taken')
    for (let i = 0; i < 10; i++) expect(await fate(rules, 0, `made-up-${i}`)).toBe('unauthenticated')
    expect(fetched).toHaveLength(2)
  })

  it('remain in use for hours while the provider is down, but not for a day', async () => {
    const rules = freshRules()
    expect(await fate(rules, 0)).toBe('taken')
    keys = null
    for (let hour = 0; hour < 5; hour++) {
      later(HOUR)
      expect(await fate(rules, 0)).toBe('taken')
    }
    later(HOUR)
    expect(await fate(rules, 0)).toBe('unavailable')
    keys = published.slice(0, 1)
    later(SECOND)
    expect(await fate(rules, 0)).toBe('taken')
  })

  it('that are old are renewed by one request, while others continue with them', async () => {
    const rules = freshRules()
    expect(await fate(rules, 0)).toBe('taken')
    later(10 * MINUTE)
    let answer: (response: Response) => void = () => {}
    vi.spyOn(globalThis, 'fetch').mockImplementation((address) => {
      fetched.push(String(address))
      return new Promise((resolve) => {
        answer = resolve
      })
    })
    const first = fate(rules, 0)
    await vi.waitUntil(() => fetched.length === 2)
    expect(await Promise.all([fate(rules, 0), fate(rules, 0)])).toEqual(['taken', 'taken'])
    answer(Response.json({ keys }))
    expect(await first).toBe('taken')
    expect(fetched).toHaveLength(2)
  })

  it('are not fetched continuously while the provider is down, and each failure is logged', async () => {
    const rules = freshRules()
    keys = null
    for (let i = 0; i < 10; i++) expect(await fate(rules, 0)).toBe('unavailable')
    expect(fetched).toHaveLength(1)
    later(SECOND)
    for (let i = 0; i < 10; i++) expect(await fate(rules, 0)).toBe('unavailable')
    expect(fetched).toHaveLength(2)
    expect(logged).toHaveBeenCalledTimes(2)
    keys = published.slice(0, 1)
    later(SECOND)
    expect(await fate(rules, 0)).toBe('taken')
  })

  it.each<[string, () => Response]>([
    ['another page', () => new Response('<h1>Sign in</h1>')],
    ['nothing', () => new Response('')],
    ['an error', () => Response.json({ keys: published }, { status: 500 })],
    ['another address', () => Response.redirect('https://elsewhere.example/keys', 302)],
    ['JSON of another shape', () => Response.json([1, 2])],
    [
      'an invalid key',
      () => Response.json({ keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'key-0' }] }),
    ],
    ['a private key', () => Response.json({ keys: [{ ...published[0], d: 'AAAA' }] })],
  ])('that are %s are not the fault of the token', async (_, answer) => {
    const rules = freshRules()
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => answer())
    expect(await fate(rules, 0)).toBe('unavailable')
  })

  it('are not guessed if two match', async () => {
    const rules = freshRules()
    keys = published.map(({ kid: _, ...key }) => key)
    expect(await fate(rules, 0)).toBe('unauthenticated')
  })
})
