/**
 * Which pages may call: origins are compared as a whole, and ones that merely resemble an allowed one are
 * not.
 */
import { describe, expect, it } from 'vitest'
import { answersAt, mayCall, normalOrigin, originRules } from '../../../workers/http/origins.ts'

const OWN = 'https://rooms.example'

describe('an origin', () => {
  it.each([
    ['https://app.example', 'https://app.example'],
    ['HTTPS://App.Example', 'https://app.example'],
    ['https://app.example:443', 'https://app.example'],
    ['http://app.example:80', 'http://app.example'],
    ['http://app.example:443', 'http://app.example:443'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['http://127.1', 'http://127.0.0.1'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['tauri://localhost', 'tauri://localhost'],
  ])('%s is %s', (text, normal) => {
    expect(normalOrigin(text)).toBe(normal)
  })

  it.each([
    '',
    'null',
    'app.example',
    '//app.example',
    'https://',
    'https://app.example/',
    'https://app.example/path',
    'https://app.example?a',
    'https://app.example#a',
    'https://user@app.example',
    'https://app.example:99999',
    'https://*.example',
    'https://a.example,https://b.example',
    'https://a.example https://b.example',
    'https:app.example',
    'https:\\\\app.example',
  ])('%j is not an origin', (text) => {
    expect(normalOrigin(text)).toBeNull()
  })
})

describe('ALLOWED_ORIGINS', () => {
  it('accepts several, with spaces around them', () => {
    const rules = originRules(' https://a.example , https://b.example:8443,', false)
    expect(mayCall(rules, 'https://a.example', OWN)).toBe(true)
    expect(mayCall(rules, 'https://b.example:8443', OWN)).toBe(true)
    expect(mayCall(rules, 'https://b.example', OWN)).toBe(false)
  })

  it.each(['a.example', 'https://a.example/', 'null', 'https://*.example', 'https://a.example, oops'])(
    'refuses %j, naming the entry by number, without quoting it',
    (list) => {
      const entries = list.split(', ')
      expect(() => originRules(list, false)).toThrow(`Entry ${entries.length} of ALLOWED_ORIGINS`)
      expect(() => originRules(list, false)).not.toThrow(entries.at(-1))
    },
  )
})

describe('in production', () => {
  const rules = originRules('https://app.example', false)

  it.each([
    ['the same origin', OWN],
    ['the same origin with its port', `${OWN}:443`],
    ['the same origin in capitals', 'HTTPS://ROOMS.EXAMPLE'],
    ['a listed origin', 'https://app.example'],
  ])('%s may call', (_, origin) => {
    expect(mayCall(rules, origin, OWN)).toBe(true)
  })

  it.each([
    ['another origin', 'https://evil.example'],
    ['no origin', 'null'],
    ['the same host without TLS', 'http://rooms.example'],
    ['the same host at another port', `${OWN}:8443`],
    ['the same origin with a slash', `${OWN}/`],
    ['a host that begins like it', `${OWN}.evil.example`],
    ['a host that ends like it', 'https://evilrooms.example'],
    ['a host below it', 'https://a.rooms.example'],
    ['a user name that looks like it', 'https://rooms.example@evil.example'],
    ['a listed host without TLS', 'http://app.example'],
    ['this machine', 'http://localhost:8787'],
    ['two of them', `${OWN} https://evil.example`],
  ])('%s may not', (_, origin) => {
    expect(mayCall(rules, origin, OWN)).toBe(false)
  })

  it('answers at any host name', () => {
    expect(answersAt(rules, 'https://other-name.example')).toBe(true)
  })
})

describe('locally', () => {
  const rules = originRules('https://tunnel.example', true)

  it.each(['http://localhost:3000', 'https://localhost', 'http://127.0.0.1:8787', 'http://[::1]:5173'])(
    'pages of %s may call',
    (origin) => {
      expect(mayCall(rules, origin, 'http://localhost:8787')).toBe(true)
    },
  )

  it.each([
    'http://localhost.evil.example',
    'http://localhost.evil.example:8787',
    'http://evil.example',
    'http://127.0.0.1.evil.example',
    'http://127.0.0.2',
    'http://0.0.0.0:8787',
    'http://localhost:8787/',
    'http://localhost@evil.example',
    'file://localhost',
    'null',
  ])('those of %s may not', (origin) => {
    expect(mayCall(rules, origin, 'http://localhost:8787')).toBe(false)
  })

  it('answers at the names of this machine and the listed ones', () => {
    for (const own of [
      'http://localhost:8787',
      'http://127.0.0.1',
      'http://[::1]:1',
      'https://tunnel.example',
    ])
      expect(answersAt(rules, own)).toBe(true)
  })

  it('does not answer at another name that resolves to this machine', () => {
    const own = 'http://evil.example:8787'
    expect(mayCall(rules, own, own)).toBe(true)
    expect(answersAt(rules, own)).toBe(false)
    expect(answersAt(rules, 'http://localhost.evil.example:8787')).toBe(false)
  })
})

it('* allows every page, including those without an origin, at every host name', () => {
  const rules = originRules('*', true)
  for (const origin of ['https://evil.example', 'null', '']) expect(mayCall(rules, origin, OWN)).toBe(true)
  expect(answersAt(rules, OWN)).toBe(true)
})
