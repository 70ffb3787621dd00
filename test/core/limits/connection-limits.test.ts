/** Who gets a place in a room, and who makes way: L4 and L10. */
import { describe, expect, it } from 'vitest'
import {
  isTaken,
  mayConnect,
  type Silent,
  visitorKindOf,
  whoMakesWay,
} from '../../../core/limits/connection-limits.ts'
import { SHARED_USER } from '../../../core/model/admission.ts'
import { DEFAULT_POLICY } from '../../../core/model/policy.ts'
import { personOf } from '../../support/person.ts'

const limits = { connections: 10, connectionsPerUser: 3 }
const none = { ofRoom: 0, ofStrangers: 0, ofUser: 0 }

const owner = { user: 'olga', kind: 'owner' } as const
const known = { user: 'ann', kind: 'known' } as const
const stranger = { user: 'g1', kind: 'stranger' } as const

describe('a place', () => {
  it('[L4] is free for a stranger as long as a fifth is left for others', () => {
    expect(mayConnect(stranger, { ...none, ofRoom: 7, ofStrangers: 7 }, limits)).toBe(true)
    expect(mayConnect(stranger, { ...none, ofRoom: 8, ofStrangers: 8 }, limits)).toBe(false)
    expect(mayConnect(stranger, { ...none, ofRoom: 9, ofStrangers: 3 }, limits)).toBe(true)
    expect(mayConnect(stranger, { ...none, ofRoom: 10, ofStrangers: 3 }, limits)).toBe(false)
  })

  it('[L4] is free for anybody else until the room is full', () => {
    expect(mayConnect(known, { ...none, ofRoom: 9, ofStrangers: 8 }, limits)).toBe(true)
    expect(mayConnect(known, { ...none, ofRoom: 10, ofStrangers: 8 }, limits)).toBe(false)
  })

  it('[L4] is always free for the owner', () => {
    expect(mayConnect(owner, { ofRoom: 10, ofStrangers: 8, ofUser: 2 }, limits)).toBe(true)
    expect(mayConnect(owner, { ofRoom: 10, ofStrangers: 8, ofUser: 3 }, limits)).toBe(false)
  })

  it('[L4] is limited per user, but not for visitors without a token together', () => {
    expect(mayConnect(known, { ...none, ofUser: 2 }, limits)).toBe(true)
    expect(mayConnect(known, { ...none, ofUser: 3 }, limits)).toBe(false)
    expect(mayConnect({ user: SHARED_USER, kind: 'stranger' }, { ...none, ofUser: 7 }, limits)).toBe(true)
  })

  it('[L4] is unlimited for a limit of 0, and a single one goes to anybody', () => {
    const open = { connections: 0, connectionsPerUser: 0 }
    expect(mayConnect(stranger, { ofRoom: 30_000, ofStrangers: 30_000, ofUser: 20_000 }, open)).toBe(true)
    expect(mayConnect(stranger, none, { ...limits, connections: 1 })).toBe(true)
  })
})

it('[L4] strangers are guests without a role in the room', () => {
  const member = { role: 'viewer', name: '' } as const
  const policy = { ...DEFAULT_POLICY, owner: 'olga', members: { g2: member } }
  expect(visitorKindOf(policy, personOf('olga'))).toBe('owner')
  expect(visitorKindOf(policy, personOf('g1'))).toBe('stranger')
  expect(visitorKindOf(policy, personOf('g2'))).toBe('known')
  expect(visitorKindOf(policy, personOf('ann', { isGuest: false }))).toBe('known')
})

it('[H4] a client id is taken if another user has it, or for visitors without a token, if anybody has', () => {
  expect(isTaken('ann', undefined, undefined)).toBe(false)
  expect(isTaken('ann', 'ann', 'ann')).toBe(false)
  expect(isTaken('ann', 'bob', undefined)).toBe(true)
  expect(isTaken('ann', undefined, 'bob')).toBe(true)
  expect(isTaken(SHARED_USER, undefined, undefined)).toBe(false)
  expect(isTaken(SHARED_USER, SHARED_USER, undefined)).toBe(true)
  expect(isTaken(SHARED_USER, undefined, SHARED_USER)).toBe(true)
})

describe('before hello', () => {
  const room = { connections: 40 }
  const silent = (user: string, address: string | null = null, isStranger = true): Silent => ({
    countedAs: { user, address },
    isStranger,
  })
  const many = (count: number, address: (i: number) => string | null) =>
    Array.from({ length: count }, (_, i) => silent(`g${i}`, address(i)))

  it('[L10] strangers get half of the places; the one that waited longest makes way', () => {
    const waiting = many(20, (i) => `address ${i}`)
    expect(whoMakesWay(waiting.slice(1), silent('new', 'elsewhere'), room)).toBeNull()
    expect(whoMakesWay(waiting, silent('new', 'elsewhere'), room)).toBe(waiting[0])
  })

  it('[L10] strangers at one address get a quarter, and make way for each other', () => {
    const waiting = [silent('first', 'elsewhere'), ...many(10, () => 'here')]
    expect(whoMakesWay(waiting, silent('new', 'here'), room)).toBe(waiting[1])
    expect(whoMakesWay(waiting, silent('new', 'there'), room)).toBeNull()
    expect(
      whoMakesWay(
        many(15, () => null),
        silent('new', null),
        room,
      ),
    ).toBeNull()
  })

  it('[L10] others neither make way for strangers nor displace any', () => {
    const signed = silent('ann', 'here', false)
    const waiting = [signed, ...many(20, (i) => `address ${i}`)]
    expect(whoMakesWay(waiting, silent('new', 'elsewhere'), room)).toBe(waiting[1])
    expect(whoMakesWay(waiting, silent('bob', 'here', false), room)).toBeNull()
  })
})
