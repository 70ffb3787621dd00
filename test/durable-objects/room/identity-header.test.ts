import { describe, expect, it } from 'vitest'
import { decodePrincipal, encodePrincipal } from '../../../durable-objects/room/headers.ts'
import { personOf } from '../../support/person.ts'

describe('the header that names a person to a room', () => {
  it.each(['Ada', 'Zoë', '李雷', '👩‍💻 Ada', 'Łukasz 100%', '"\\', 'a\u2028b'])(
    'carries the name %j',
    (name) => {
      const person = personOf('ada', { name, role: 'editor', issuedAt: 1.5, expiresAt: 2, isGuest: false })
      const header = encodePrincipal(person)
      expect(header).toMatch(/^[\x21-\x7e]+$/)
      expect(decodePrincipal(header)).toEqual(person)
    },
  )

  it.each([
    null,
    '',
    '%',
    '%zz',
    '%ff',
    'null',
    '7',
    '{"user":"x","name":"y"}',
    encodeURIComponent('{"user":"x","name":"y"}'),
    encodeURIComponent('['),
    encodeURIComponent(JSON.stringify(personOf('x', { role: 'root' as never }))),
    `${encodeURIComponent(JSON.stringify(personOf('x')))} `,
    `${encodeURIComponent(JSON.stringify(personOf('x')))}, ${encodeURIComponent(JSON.stringify(personOf('y')))}`,
  ])('is rejected if it is %j', (header) => {
    expect(decodePrincipal(header)).toBeNull()
  })
})
