/**
 * Owner of a stored copy, derived from a token: the same for all tokens of a user, without revealing the
 * token.
 */
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { whoseOf } from '../../../client/offline/owner.ts'
import { secretOf } from '../../support/secrets.ts'

/** A token with these claims; its signature is not checked here. */
function signed(claims: unknown, signature = 'c2ln'): string {
  return ['{}', JSON.stringify(claims), signature]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')
}

it('is a SHA-256, of secrets of every length up to some blocks, as stored copies have it', () => {
  const texts = Array.from({ length: 200 }, (_, length) => 'é'.repeat(length % 7) + 'x'.repeat(length))
  for (const text of [...texts, 'eyJ'.repeat(3_000), '漢字😀'])
    expect(whoseOf(text)).toBe(
      createHash('sha256')
        .update(`edgeroom copy of ${JSON.stringify(['guest', text])}`)
        .digest('hex'),
    )
})

it('is the same for all tokens of one issuer and subject', () => {
  const [iss, sub] = ['https://id.example.com', 'Zoë 😀 ÿþ?>']
  const first = whoseOf(signed({ iss, sub, exp: 1, jti: 'a', name: 'Zoë' }))
  expect(first).toMatch(/^[0-9a-f]{64}$/)
  expect(whoseOf(signed({ exp: 2, sub, role: 'editor', iss }, 'b3RoZXI'))).toBe(first)
  expect(whoseOf(signed({ iss, sub: 'zoe' }))).not.toBe(first)
  expect(whoseOf(signed({ iss: 'edgeroom', sub }))).not.toBe(first)
})

it('is a digest of the whole guest secret, also with a dot in it', () => {
  const secrets = [secretOf('ann'), secretOf('bob'), `${secretOf('ann')}.`, `${secretOf('ann')}.b`]
  const digests = secrets.map(whoseOf)
  expect(new Set(digests).size).toBe(secrets.length)
  expect(digests).not.toContain(null)
  expect(whoseOf(secretOf('ann'))).toBe(digests[0])
})

it.each([
  ['with claims that are not JSON', '.e30x.'],
  ['with claims that are not base64', 'a.*.c'],
  ['without a subject', signed({ iss: 'edgeroom' })],
  ['with a subject that is not a string', signed({ iss: 'edgeroom', sub: 7 })],
  ['without an issuer', signed({ sub: 'ann' })],
  ['of null', signed(null)],
])('is null for a signed token %s', (_, token) => {
  expect(whoseOf(token)).toBeNull()
})
