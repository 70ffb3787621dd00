/** The keys of an identity provider: how often they are fetched, and what becomes of people while they cannot be. Rule A6 of docs/protocol.md. */
import { exportJWK, generateKeyPair } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { personOf, TokenError, type TokenRules } from '../../../auth/tokens.ts'
import { tokenRulesOf } from '../../../durable-objects/settings/token-rules.ts'
import { secretOf } from '../../support/secrets.ts'
import { SECRET } from '../deployment.ts'
import { AUDIENCE, ISSUER, sign, THEIRS } from './makers.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** What the provider answers with; null while it is away. */
let keys: object[] | null = null
let fetched: string[] = []
let addresses = 0
let logged = vi.fn()

const pairs = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')])
const published = await Promise.all(
  pairs.map(async ({ publicKey }, i) => ({ ...(await exportJWK(publicKey)), kid: `key-${i}`, alg: 'ES256' })),
)

/** An address of its own, about which nothing is known yet. */
function freshRules(): TokenRules {
  return tokenRulesOf({
    AUTH_SECRET: SECRET,
    AUTH_JWKS_URL: `https://id.example/${++addresses}`,
    AUTH_ISSUER: ISSUER,
    AUTH_AUDIENCE: AUDIENCE,
  })
}

/** How a token of this key fares: `taken`, or the kind of the refusal. */
async function fate(rules: TokenRules, key: 0 | 1, kid = `key-${key}`): Promise<string> {
  const pair = pairs[key]
  const token = await sign(
    { ...THEIRS, exp: 1e10 },
    { key: (pair as CryptoKeyPair).privateKey, alg: 'ES256', kid },
  )
  const found = await personOf(token, rules, 'demo')
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
  it('are fetched when the first token needs them, from their address, and no token of another kind does', async () => {
    const rules = freshRules()
    await personOf(secretOf('one'), rules, 'demo')
    await personOf(await sign(THEIRS), rules, 'demo')
    await personOf(
      await sign(THEIRS, { alg: 'HS512', key: new TextEncoder().encode(SECRET.repeat(2)) }),
      rules,
      'demo',
    )
    expect(fetched).toEqual([])
    for (let i = 0; i < 5; i++) expect(await fate(rules, 0)).toBe('taken')
    expect(fetched).toEqual([`https://id.example/${addresses}`])
  })

  it('are fetched anew after ten minutes, and one that was taken back is not taken any more', async () => {
    const rules = freshRules()
    expect(await fate(rules, 0)).toBe('taken')
    keys = published.slice(1)
    later(10 * MINUTE - 1)
    expect(await fate(rules, 0)).toBe('taken')
    later(1)
    expect(await fate(rules, 0)).toBe('unauthenticated')
    expect(await fate(rules, 1)).toBe('taken')
  })

  it('are fetched anew for a token that names one that is not there, twice a minute at most', async () => {
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

  it('are used on for hours while the provider is away, and not for a day', async () => {
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

  it('that are old are asked for by one at a time, and the others go on meanwhile', async () => {
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

  it('are not asked for again and again while the provider is away, and it is logged each time that they are', async () => {
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
      'a key that is none',
      () => Response.json({ keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'key-0' }] }),
    ],
    ['a private key', () => Response.json({ keys: [{ ...published[0], d: 'AAAA' }] })],
  ])('that are %s are not the fault of who shows a token', async (_, answer) => {
    const rules = freshRules()
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => answer())
    expect(await fate(rules, 0)).toBe('unavailable')
  })

  it('of two that fit, none is guessed', async () => {
    const rules = freshRules()
    keys = published.map(({ kid: _, ...key }) => key)
    expect(await fate(rules, 0)).toBe('unauthenticated')
  })
})
