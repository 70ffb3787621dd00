import { describe, expect, it } from 'vitest'
import { isGuestSecret, isServerSecret, strengthOf } from '../../auth/secrets.ts'

const hex = (bytes: number) =>
  [...crypto.getRandomValues(new Uint8Array(bytes))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
const base64 = (bytes: number) => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes))))

describe('a secret that signs tokens', () => {
  it.each([
    ['32 equal characters', 'x'.repeat(32)],
    ['1,000 equal characters', '0'.repeat(1_000)],
    ['two characters in turn', 'ab'.repeat(30)],
    ['a short pattern', 'deadbeef'.repeat(8)],
    ['a longer pattern', 'correct-horse-'.repeat(4)],
    ['the alphabet', 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'],
    ['digits in order', '01234567890123456789012345678901'],
    ['hexadecimal digits in order', '0123456789abcdef0123456789abcdef'],
    ['backwards', 'zyxwvutsrqponmlkjihgfedcba9876543210'],
    ['blocks of one character each', `${'a'.repeat(8)}${'b'.repeat(8)}${'c'.repeat(8)}${'d'.repeat(8)}`],
    ['what stands in examples', 'your-secret-key-at-least-32-characters-long'],
    ['what says that it is to be changed', 'please-change-me-please-change-me-now'],
    ['a placeholder with a number', 'changeme-changeme-changeme-123456'],
    ['another', 'REPLACE_THIS_WITH_A_LONG_SECRET_!'],
    ['31 random characters', hex(16).slice(0, 31)],
    ['nothing', ''],
  ])('is weak if it is %s', (_, secret) => {
    expect(isServerSecret(secret)).toBe(false)
  })

  it('is strong if it is random, in any encoding', () => {
    for (let i = 0; i < 2_000; i++) {
      for (const secret of [hex(16), hex(32), base64(32), base64(24), crypto.randomUUID()]) {
        expect([secret, isServerSecret(secret)]).toEqual([secret, true])
      }
    }
  })
})

describe('[A1] the secret of a guest', () => {
  it.each([
    '',
    'x',
    '12345678',
    'short-and-random',
    'x'.repeat(1_000),
    '1234567890123456',
    'passwordpassword',
  ])('is rejected if it can be guessed: %j', (secret) => {
    expect(isGuestSecret(secret)).toBe(secret === 'short-and-random')
  })

  it('is accepted if it is random', () => {
    for (let i = 0; i < 2_000; i++) {
      for (const secret of [`guest-${crypto.randomUUID()}`, `guest-${hex(16)}`, hex(10), base64(12)]) {
        expect([secret, isGuestSecret(secret)]).toEqual([secret, true])
      }
    }
  })
})

it('is estimated as an upper bound: never worth more than its characters', () => {
  expect(strengthOf('')).toBe(0)
  expect(strengthOf('x'.repeat(100))).toBe(0)
  for (let i = 0; i < 200; i++) expect(strengthOf(hex(16))).toBeLessThanOrEqual(128)
})
