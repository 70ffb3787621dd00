/** Who somebody is, by their token: rules A1 to A6 of docs/protocol.md, one token at a time. */
import { generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { newUser } from '../../../auth/guests.ts'
import type { Principal } from '../../../auth/principal.ts'
import { principalOf, signToken, TokenError, type TokenRules } from '../../../auth/tokens.ts'
import { tokenRulesOf } from '../../../durable-objects/settings/token-rules.ts'
import { secretOf } from '../../support/secrets.ts'
import { SECRET } from '../deployment.ts'
import {
  assembled,
  bytesOf,
  nowS,
  OURS,
  provider,
  sign,
  type TestProvider,
  THEIRS,
  tampered,
  withProvider,
} from './makers.ts'

const ROOM = 'demo'
const rules = tokenRulesOf({ AUTH_SECRET: SECRET })

let id: TestProvider
let both: TokenRules
beforeAll(async () => {
  id = await provider()
  both = withProvider(rules, id)
})

async function person(token: string | null, by = rules): Promise<Principal> {
  const found = await principalOf(token, by, ROOM)
  if (found instanceof TokenError) throw new Error(`refused: ${found.message}`)
  return found
}

/** Why a token is refused. The message fits a close reason, and contains nothing of the token. */
async function refusal(token: string, by = rules): Promise<TokenError> {
  const found = await principalOf(token, by, ROOM)
  if (!(found instanceof TokenError)) throw new Error(`taken: ${JSON.stringify(found)}`)
  expect(found.message).toMatch(/^[\x20-\x7e]{1,123}$/)
  for (const part of token.split('.')) if (part.length > 8) expect(found.message).not.toContain(part)
  return found
}

const theirs = (claims = {}, signing: Parameters<typeof sign>[1] = {}) =>
  sign({ ...THEIRS, ...claims }, { key: id.rsa.privateKey, alg: 'RS256', kid: 'rsa', ...signing })

describe('[A1] what is presented', () => {
  it('is a guest if it is nothing, or a secret', async () => {
    expect(await person(null)).toMatchObject({
      user: 'guest',
      isGuest: true,
      role: null,
      issuedAt: null,
      expiresAt: null,
    })
    for (const secret of [secretOf('one'), 'with.one-dot-4fd81c0', 'k9'.concat(crypto.randomUUID())]) {
      const guest = await person(secret)
      expect(guest).toMatchObject({ isGuest: true, role: null, issuedAt: null, expiresAt: null })
      expect(guest.user).toMatch(/^g[0-9a-f]{20}$/)
      expect(guest.name).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/)
    }
  })

  it.each([
    '',
    '.',
    'x',
    'with.dot',
    'ada',
    '12345678',
    'x'.repeat(64),
    '0123456789abcdef',
    'password-password',
    'x'.repeat(100_000),
  ])('is refused if it is a guessable secret: %j', async (secret) => {
    expect(await refusal(secret)).toMatchObject({
      kind: 'unauthenticated',
      message: expect.stringContaining('16 or more random characters'),
    })
  })

  it.each([
    'a.b.c',
    '..',
    '...',
    'a.b.c.d.e',
    'e30.e30.',
    'e30.e30.e30',
    'ä.ö.ü',
    'bnVsbA.e30.',
    'eyJhbGciOjd9.e30.x',
  ])('is never a guest if it looks signed: %s', async (token) => {
    const { kind } = await refusal(token)
    expect(kind).toBe('unauthenticated')
  })
})

describe('[A2] a signature', () => {
  it('of the deployment is accepted, with the token’s issue and expiry times', async () => {
    const before = Date.now()
    const expiresAt = before + 60_000
    const granting = { user: 'ada', name: 'Ada', room: ROOM, role: 'editor', expiresAt } as const
    const ada = await person(await signToken(granting, rules))
    expect(ada).toEqual({
      user: 'ada',
      name: 'Ada',
      role: 'editor',
      issuedAt: expect.any(Number),
      expiresAt,
      isGuest: false,
    })
    expect(ada.issuedAt).toBeGreaterThanOrEqual(before)
    expect(ada.issuedAt).toBeLessThanOrEqual(Date.now())
  })

  it('of the identity provider is accepted, by RS256 and by ES256', async () => {
    for (const token of [
      await theirs(),
      await theirs({}, { key: id.ec.privateKey, alg: 'ES256', kid: 'ec' }),
    ]) {
      expect(await person(token, both)).toMatchObject({
        user: THEIRS.sub,
        name: 'Grace',
        role: null,
        isGuest: false,
      })
    }
  })

  it('of the deployment is also accepted beside a provider', async () => {
    expect(await person(await sign(OURS), both)).toMatchObject({ user: 'ada' })
  })

  it.each<[string, string, () => Promise<string>]>([
    ['made with another secret', 'not signed with a key', () => sign(OURS, { key: bytesOf(`${SECRET}!`) })],
    ['of other claims', 'not signed with a key', async () => tampered(await sign(OURS), 1)],
    ['of which a bit was changed', 'not signed with a key', async () => tampered(await sign(OURS), 2)],
    [
      'by HS512 with the secret',
      'an algorithm that is not accepted here',
      () => sign(OURS, { alg: 'HS512', key: bytesOf(SECRET.repeat(2)) }),
    ],
    [
      'that is none',
      'an algorithm that is not accepted here',
      async () => assembled({ alg: 'none' }, { ...OURS, iat: nowS(), exp: nowS() + 60 }),
    ],
    [
      'with `none` in other letters',
      'an algorithm that is not accepted here',
      async () => assembled({ alg: 'NONE' }, OURS, 'e30'),
    ],
    ['that is left out', 'not signed with a key', async () => (await sign(OURS)).replace(/[^.]+$/, '')],
    [
      'by an algorithm that is not a string',
      'an algorithm that is not accepted here',
      async () => assembled({ alg: ['HS256'] }, OURS, 'e30'),
    ],
    [
      'whose key is in the token itself',
      'an algorithm that is not accepted here',
      async () => assembled({ alg: 'ES256', jwk: id.keys[1] }, OURS, 'e30'),
    ],
    [
      'with an unknown critical header',
      'malformed',
      async () => assembled({ alg: 'HS256', crit: ['exp'], exp: 1 }, OURS, 'e30'),
    ],
    ['of a provider, without a provider', 'an algorithm that is not accepted here', () => theirs()],
  ])('%s is refused', async (_, expected, make) => {
    expect(await refusal(await make())).toMatchObject({
      kind: 'unauthenticated',
      message: expect.stringContaining(expected),
    })
  })

  it.each<[string, string, () => Promise<string>]>([
    [
      'by HS256 with the public key of the provider as the secret',
      'not signed with a key',
      () => sign(THEIRS, { key: bytesOf(id.pem) }),
    ],
    [
      'by HS256 with that key as JSON',
      'not signed with a key',
      () => sign(THEIRS, { key: bytesOf(JSON.stringify(id.keys[0])), kid: 'rsa' }),
    ],
    ['by HS256 with the secret, in the name of the provider', '"iss"', () => sign(THEIRS)],
    [
      'of the provider, with the deployment’s issuer',
      '"iss"',
      () => theirs({ iss: 'edgeroom', aud: 'edgeroom', room: '*', role: 'owner' }),
    ],
    [
      'by PS256',
      'an algorithm that is not accepted here',
      async () => theirs({}, { alg: 'PS256', key: (await generateKeyPair('PS256')).privateKey }),
    ],
    [
      'with a key that the provider does not know',
      'not signed with a key',
      () => theirs({}, { kid: 'unknown' }),
    ],
    [
      'with another key under a known id',
      'not signed with a key',
      async () => theirs({}, { key: (await generateKeyPair('RS256')).privateKey }),
    ],
    ['by RS256 with the name of the other key', 'not signed with a key', () => theirs({}, { kid: 'ec' })],
    [
      'that is none',
      'an algorithm that is not accepted here',
      async () => assembled({ alg: 'none', kid: 'rsa' }, THEIRS),
    ],
  ])('%s is refused with a provider', async (_, expected, make) => {
    expect(await refusal(await make(), both)).toMatchObject({
      kind: 'unauthenticated',
      message: expect.stringContaining(expected),
    })
  })

  it('is not checked if the token is longer than 8 KiB', async () => {
    const token = await sign({ ...OURS, filler: 'x'.repeat(8 * 1024) })
    expect(await refusal(token)).toMatchObject({ message: expect.stringContaining('too long') })
    expect(await person(await sign({ ...OURS, filler: 'x'.repeat(5 * 1024) }))).toMatchObject({ user: 'ada' })
  })
})

describe('[A3] the claims', () => {
  it.each<[string, object, string]>([
    ['another issuer', { iss: 'edgeroom.example' }, '"iss"'],
    ['no issuer', { iss: undefined }, '"iss"'],
    ['another audience', { aud: 'something else' }, '"aud"'],
    ['no audience', { aud: undefined }, '"aud"'],
    ['an end that has come', { exp: nowS() - 1 }, 'has expired'],
    ['no end', { exp: undefined }, '"exp"'],
    ['an end in words', { exp: 'tomorrow' }, '"exp"'],
    ['an end that no clock shows', { exp: 1e300 }, '"exp"'],
    ['no beginning', { iat: undefined }, '"iat"'],
    ['a beginning in words', { iat: '0' }, '"iat"'],
    ['an issue time in the future', { iat: nowS() + 60 }, '"iat"'],
    ['a start time in the future', { nbf: nowS() + 60 }, '"nbf"'],
    ['no user', { sub: undefined }, '"sub"'],
    ['a user that is a number', { sub: 7 }, '"sub"'],
  ])('refuse a token with %s', async (_, claims, expected) => {
    expect(await refusal(await sign({ ...OURS, ...claims }))).toMatchObject({
      kind: 'unauthenticated',
      message: expect.stringContaining(expected),
    })
    expect(await refusal(await theirs(claims), both)).toMatchObject({
      message: expect.stringContaining(expected),
    })
  })

  it('may come from a clock that is slightly ahead', async () => {
    const token = await sign({ ...OURS, iat: nowS() + 5, nbf: nowS() + 5 })
    expect(await person(token)).toMatchObject({ user: 'ada' })
  })

  it('may expire beyond the range of alarms', async () => {
    const { expiresAt } = await person(await sign({ ...OURS, exp: 253_402_300_799 }))
    expect(new Date(expiresAt ?? 0).getUTCFullYear()).toBe(2223)
  })

  it('may name several audiences', async () => {
    expect(await person(await theirs({ aud: ['else', THEIRS.aud] }), both)).toMatchObject({
      user: THEIRS.sub,
    })
  })

  it.each([
    '',
    ' ',
    'two words',
    'line\nend',
    'nul\0',
    'api',
    'guest',
    '\u202eadmin',
    'a\u200bb',
    '\u3164',
    '\u00a0',
    'x'.repeat(129),
  ])('cannot have the user %j', async (sub) => {
    expect(await refusal(await sign({ ...OURS, sub }))).toMatchObject({
      message: expect.stringContaining('"sub"'),
    })
  })

  it.each([
    'x',
    'github|4711',
    'google-oauth2|1',
    'guest2',
    'API',
    'ada@example.com',
    'Ädä',
    '😀'.repeat(128),
    '__proto__',
  ])('may have the user %j', async (sub) => {
    expect(await person(await sign({ ...OURS, sub }))).toMatchObject({ user: sub })
  })

  it('of the provider cannot have a guest’s id: guests are identified by their secrets', async () => {
    const { user: sub } = await person(secretOf('one'))
    expect(await refusal(await theirs({ sub }), both)).toMatchObject({
      message: expect.stringContaining('"sub"'),
    })
    // The deployment itself issues tokens for guests' own rooms.
    expect(await person(await sign({ ...OURS, sub }))).toMatchObject({ user: sub, isGuest: false })
  })
})

describe('[A3] ids of the deployment and of a provider', () => {
  const id = `t${'0'.repeat(20)}`
  const granting = { name: 'A', room: ROOM, role: 'editor', expiresAt: Date.now() + 60_000 } as const

  it.each([`u${'0'.repeat(20)}`, `g${'f'.repeat(20)}`, newUser().user, '~alice', '~', 'api', 'guest'])(
    'are disjoint: a provider cannot vouch for %s',
    async (sub) => {
      expect(await refusal(await theirs({ sub }), both)).toMatchObject({
        kind: 'unauthenticated',
        message: expect.stringContaining('"sub"'),
      })
    },
  )

  it('are disjoint: a user named by an owner is somebody else, even if the provider was added later', async () => {
    const token = await signToken({ user: 'alice', ...granting, id }, rules)
    expect(await person(token)).toMatchObject({ user: 'alice', token: id })
    expect(await person(token, both)).toMatchObject({ user: '~alice', token: id })
    expect(await person(await theirs({ sub: 'alice' }), both)).toMatchObject({
      user: 'alice',
      isProviders: true,
    })
    expect(
      await refusal(await signToken({ user: 'x'.repeat(128), ...granting, id }, rules), both),
    ).toMatchObject({
      message: expect.stringContaining('"sub"'),
    })
  })

  it('are unchanged for renewed tokens, and for those that your server signs', async () => {
    const own = await signToken({ user: 'alice', ...granting, id, isOwn: true }, rules)
    expect(await person(own, both)).toMatchObject({ user: 'alice', token: id })
    expect((await person(own, both)).isProviders).toBeUndefined()
    expect(await person(await sign({ ...OURS, sub: 'alice' }), both)).toMatchObject({ user: 'alice' })
  })

  it('that the deployment made are unchanged', async () => {
    for (const user of [`u${'0'.repeat(20)}`, `g${'f'.repeat(20)}`, '~alice']) {
      expect(await person(await signToken({ user, ...granting, id }, rules), both)).toMatchObject({ user })
    }
  })

  it.each(['x', 't123', id.toUpperCase(), `${id}0`, 7, null])(
    '[A11] a jti %j is not an id of ours',
    async (jti) => {
      const found = await person(await sign({ ...OURS, jti: jti as never }))
      expect('token' in found).toBe(false)
    },
  )

  it('[A11] a jti of the provider is ignored', async () => {
    expect('token' in (await person(await theirs({ jti: id }), both))).toBe(false)
  })
})

describe('[A4] room and role', () => {
  it.each([
    [{ room: ROOM, role: 'owner' }, 'owner'],
    [{ room: '*', role: 'viewer' }, 'viewer'],
    [{ room: ROOM }, null],
  ])('of a deployment’s token with %j yield %s', async (claims, role) => {
    expect(await person(await sign({ ...OURS, ...claims }))).toMatchObject({ role })
  })

  it.each([
    [{}, null],
    [{ role: 'owner' }, null],
    [{ role: 'authenticated' }, null],
    [{ room: ROOM, role: 'editor' }, 'editor'],
    [{ room: '*', role: 'owner' }, 'owner'],
  ])('of a provider’s token with %j yield %s', async (claims, role) => {
    expect(await person(await theirs(claims), both)).toMatchObject({ role })
  })

  it.each(['other', 'Demo', 'demo ', ''])('refuse a token for room %j', async (room) => {
    const expected = { kind: 'forbidden', message: 'the token is for another room', close: { code: 4403 } }
    expect(await refusal(await sign({ ...OURS, room, role: 'owner' }))).toMatchObject(expected)
    expect(await refusal(await theirs({ room }), both)).toMatchObject(expected)
  })

  it.each<[object, string]>([
    [{ room: undefined }, '"room"'],
    [{ room: ['demo'] }, '"room"'],
    [{ room: null }, '"room"'],
    [{ role: 'admin' }, '"role"'],
    [{ role: ['owner'] }, '"role"'],
    [{ role: null }, '"role"'],
  ])('refuse a token with %j', async (claims, expected) => {
    expect(await refusal(await sign({ ...OURS, ...claims }))).toMatchObject({
      kind: 'unauthenticated',
      message: expect.stringContaining(expected),
    })
  })
})

describe('[A5] the name', () => {
  it.each<[object, string]>([
    [{ name: '  Ada   Lovelace\n' }, 'Ada Lovelace'],
    [{ name: 'tab\there\u0000\u001b[31m' }, 'tab here[31m'],
    [{ name: '\u202eecilA\u2066' }, 'ecilA'],
    [{ name: 'zero\u200bwidth\ufeff' }, 'zerowidth'],
    [{ name: 'half \ud83d pair' }, 'half pair'],
    [{ name: '👩‍💻 Ada' }, '👩‍💻 Ada'],
    [{ name: '😀'.repeat(100) }, '😀'.repeat(64)],
    [{ name: '<b>Ada</b>' }, '<b>Ada</b>'],
    [{ name: '\u202e\u200b', preferred_username: 'ada' }, 'ada'],
    [{ name: 7, preferred_username: '', email: 'ada.l@example.com' }, 'ada.l'],
    [{ name: undefined, email: '@' }, 'ada'],
    [{ name: undefined, sub: '\u0301' }, 'Somebody'],
  ])('of a token with %j is %j', async (claims, name) => {
    expect(await person(await sign({ ...OURS, ...claims }))).toMatchObject({ name })
  })

  it('of 10 kB makes the token too long', async () => {
    const token = await sign({ ...OURS, name: 'x'.repeat(10_000) })
    expect(await refusal(token)).toMatchObject({
      kind: 'unauthenticated',
      message: expect.stringContaining('too long'),
    })
  })
})
