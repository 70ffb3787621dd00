/** Whose a kept copy is, by a token: the same for all tokens of one user, and the token cannot be read from it. */
import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { whoseOf } from '../../../client/offline/owner.ts'
import { sha256 } from '../../../client/offline/sha256.ts'
import { secretOf } from '../../support/secrets.ts'

/** A token that says this; nobody here looks at its signature. */
function signed(claims: unknown, signature = 'c2ln'): string {
  return ['{}', JSON.stringify(claims), signature]
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')
}

it('digests texts of every length within some blocks as SHA-256 does', () => {
  const texts = Array.from({ length: 200 }, (_, length) => 'é'.repeat(length % 7) + 'x'.repeat(length))
  for (const text of [...texts, 'eyJ'.repeat(3_000), '漢字😀'])
    expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'))
})

it('is the same for every token of one issuer and subject, however it was renewed', () => {
  const [iss, sub] = ['https://id.example.com', 'Zoë 😀 ÿþ?>']
  const first = whoseOf(signed({ iss, sub, exp: 1, jti: 'a', name: 'Zoë' }))
  expect(first).toMatch(/^[0-9a-f]{64}$/)
  expect(whoseOf(signed({ exp: 2, sub, role: 'editor', iss }, 'b3RoZXI'))).toBe(first)
  expect(whoseOf(signed({ iss, sub: 'zoe' }))).not.toBe(first)
  expect(whoseOf(signed({ iss: 'edgeroom', sub }))).not.toBe(first)
})

it('is of the whole of a guest’s secret, of one with a dot in it too', () => {
  const secrets = [secretOf('ann'), secretOf('bob'), `${secretOf('ann')}.`, `${secretOf('ann')}.b`]
  const digests = secrets.map(whoseOf)
  expect(new Set(digests).size).toBe(secrets.length)
  expect(digests).not.toContain(null)
  expect(whoseOf(secretOf('ann'))).toBe(digests[0])
})

it.each([
  ['with claims that are no JSON', '.e30x.'],
  ['with claims that are no base64', 'a.*.c'],
  ['without a subject', signed({ iss: 'edgeroom' })],
  ['with a subject that is no text', signed({ iss: 'edgeroom', sub: 7 })],
  ['without an issuer', signed({ sub: 'ann' })],
  ['of null', signed(null)],
])('is nobody’s for a signed token %s', (_, token) => {
  expect(whoseOf(token)).toBeNull()
})
