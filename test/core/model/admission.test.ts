/** Who stays out of a room, whatever they present: bans, guests, and revoked tokens. */
import { describe, expect, it } from 'vitest'
import { refusalOf, type Visitor } from '../../../core/model/admission.ts'
import {
  applyPolicy,
  current,
  DEFAULT_POLICY,
  MOST_INVITATIONS,
  MOST_MEMBERS,
  policyOf,
  prohibitionOf,
  roleOf,
} from '../../../core/model/policy.ts'
import type { Policy, PolicyChange, Role } from '../../../core/protocol/messages.ts'
import { Harness } from '../authority/support.ts'

const OLGA = { user: 'olga', role: null }

function roomOf(...changes: PolicyChange[]): Policy {
  return changes.reduce(applyPolicy, { ...DEFAULT_POLICY, owner: 'olga', access: 'edit' } as Policy)
}

const invite = (token: string, user = 'ed', at = 1_000, role: Role = 'editor'): PolicyChange => ({
  type: 'invite',
  token,
  user,
  name: user,
  role,
  at,
  expires: at + 60_000,
})
const ban = (user: string, on = true): PolicyChange => ({ type: 'ban', user, on, at: 5_000 })

const guest = (user: string): Visitor => ({ user, role: null, issuedAt: null, isGuest: true })
const byToken = (more: Partial<Visitor> = {}): Visitor => ({
  user: 'ed',
  role: 'editor',
  issuedAt: 1_000,
  isGuest: false,
  ...more,
})
const byProvider = (user: string): Visitor => ({
  user,
  role: null,
  issuedAt: 1,
  isGuest: false,
  isProviders: true,
})

describe('[R10] a user who is banned', () => {
  it('is refused with any token or secret', () => {
    const policy = roomOf(ban('ed'))
    for (const visitor of [guest('ed'), byProvider('ed'), byToken(), byToken({ issuedAt: 9_000_000 })]) {
      expect(refusalOf(policy, visitor)).toMatchObject({
        code: 4403,
        reason: expect.stringContaining('kept out'),
      })
    }
    expect(refusalOf(policy, guest('zoe'))).toBeNull()
  })

  it('loses role and invitations, and can change nothing more, even in the same batch', () => {
    const policy = roomOf(
      { type: 'role', user: 'ed', role: 'editor' },
      invite('t1'),
      invite('t2', 'ada'),
      ban('ed'),
    )
    expect(policy.members).toEqual({})
    expect(Object.keys(policy.invitations)).toEqual(['t2'])
    expect(roleOf(policy, { user: 'ed', role: 'editor' })).toBeNull()
    const harness = new Harness({ f: '' })
    const olga = { client: 'client-olga', user: 'olga', name: 'Olga', role: 'owner' as const }
    const ed = { client: 'client-ed', user: 'ed', name: 'Ed', role: 'editor' as const }
    harness.submit(olga, [ban('ed')])
    expect(harness.edit(ed, 'f', ['x'])).toMatchObject({ type: 'reject', code: 'forbidden' })
    expect(harness.submit(ed, [{ type: 'chat', text: 'let me in' }])).toMatchObject({ type: 'reject' })
  })

  it('is admitted once the owner lifts the ban, even if removed before', () => {
    const policy = roomOf({ type: 'kick', user: 'ed', at: 4_000 }, ban('ed'), ban('ed', false))
    expect(policy).toMatchObject({ banned: {}, kicked: {} })
    expect(refusalOf(policy, guest('ed'))).toBeNull()
  })

  it('is admitted as the owner if the room is handed to them', () => {
    const policy = roomOf(ban('ed'), { type: 'role', user: 'ed', role: 'owner' })
    expect(policy.banned).toEqual({})
    expect(refusalOf(policy, guest('ed'))).toBeNull()
  })

  it.each<[string, PolicyChange, string | null]>([
    ['is never the owner', ban('olga'), 'owner_stays'],
    ['somebody', ban('ed'), null],
    ['is nobody after the ban is lifted', ban('ed', false), null],
  ])('is %s', (_, change, code) => {
    expect(prohibitionOf(roomOf(), OLGA, change)?.code ?? null).toBe(code)
    expect(prohibitionOf(roomOf(), { user: 'ed', role: 'editor' }, change)?.code).toBe('forbidden')
  })

  it('is one of 1,000', () => {
    const many = Array.from({ length: MOST_MEMBERS }, (_, i) => ban(`u${i}`))
    const policy = roomOf(...many)
    expect(prohibitionOf(policy, OLGA, ban('one-more'))?.code).toBe('too_many_members')
    expect(prohibitionOf(policy, OLGA, ban('u7'))).toBeNull()
    expect(prohibitionOf(policy, OLGA, ban('one-more', false))).toBeNull()
  })

  it('may have any name', () => {
    for (const user of ['__proto__', 'constructor', 'toString']) {
      expect(refusalOf(roomOf(), guest(user))).toBeNull()
      expect(refusalOf(roomOf(ban(user)), guest(user))).toMatchObject({ code: 4403 })
      expect(refusalOf(roomOf(ban(user), ban(user, false)), guest(user))).toBeNull()
    }
  })
})

describe('[R11] a room without guests', () => {
  it('admits no guests whatever its access, and everybody else as before', () => {
    const policy = roomOf({ type: 'role', user: 'zoe', role: 'editor' }, { type: 'guests', on: false })
    for (const user of ['guest', 'zoe', 'gxyz']) {
      expect(refusalOf(policy, guest(user))).toMatchObject({
        code: 4401,
        reason: expect.stringContaining('guests'),
      })
    }
    expect(refusalOf(policy, byToken())).toBeNull()
    expect(refusalOf(policy, byProvider('zoe'))).toBeNull()
    expect(refusalOf(applyPolicy(policy, { type: 'guests', on: true }), guest('zoe'))).toBeNull()
  })

  it('still admits an owner who is a guest', () => {
    expect(refusalOf(roomOf({ type: 'guests', on: false }), guest('olga'))).toBeNull()
  })
})

describe('[R12] a token of the deployment', () => {
  const revoke = (token?: string): PolicyChange =>
    token === undefined ? { type: 'revoke', at: 2_000 } : { type: 'revoke', token, at: 2_000 }

  it('is accepted while it is in the room’s list', () => {
    const policy = roomOf(invite('t1'), invite('t2'))
    expect(refusalOf(policy, byToken({ token: 't1' }))).toBeNull()
    const after = applyPolicy(policy, revoke('t1'))
    expect(refusalOf(after, byToken({ token: 't1' }))).toMatchObject({
      code: 4401,
      reason: expect.stringContaining('revoked'),
    })
    expect(refusalOf(after, byToken({ token: 't2' }))).toBeNull()
    expect(refusalOf(after, byToken({ token: 'constructor' }))).toMatchObject({ code: 4401 })
  })

  it('of the owner is revoked like any other: whoever stole it loses ownership', () => {
    const owners = byToken({ user: 'olga', role: 'owner', token: 't1' })
    const policy = roomOf(invite('t1', 'olga', 1_000, 'owner'), revoke('t1'))
    expect(refusalOf(policy, owners)).toMatchObject({ code: 4401 })
    expect(refusalOf(policy, guest('olga'))).toBeNull()
  })

  it('is revoked with all others, including those without an id; later ones are accepted', () => {
    const policy = roomOf(invite('t1'), revoke(), invite('t2', 'ed', 2_000))
    expect(policy.revokedAt).toBe(2_000)
    expect(refusalOf(policy, byToken({ token: 't1', issuedAt: 1_000 }))).toMatchObject({ code: 4401 })
    expect(refusalOf(policy, byToken({ token: 't2', issuedAt: 2_000 }))).toBeNull()
    for (const issuedAt of [1_000, 2_000, null]) {
      expect(refusalOf(policy, byToken({ issuedAt }))).toMatchObject({ code: 4401 })
      expect(refusalOf(policy, byToken({ user: 'olga', role: 'owner', issuedAt }))).toMatchObject({
        code: 4401,
      })
    }
    expect(refusalOf(policy, byToken({ issuedAt: 3_000 }))).toBeNull()
  })

  it('is independent of users of a provider, and of guests', () => {
    const policy = roomOf(revoke())
    expect(refusalOf(policy, byProvider('ed'))).toBeNull()
    expect(refusalOf(policy, guest('ed'))).toBeNull()
  })

  it('leaves the list once it has expired as of a commit', () => {
    const policy = roomOf(invite('t1', 'ed', 1_000), invite('t2', 'ada', 62_000))
    expect(Object.keys(policy.invitations)).toEqual(['t2'])
    expect(current(policy.invitations, 122_000)).toEqual({})
  })

  it('is one of at most 500 valid at a time', () => {
    const many = Array.from({ length: MOST_INVITATIONS }, (_, i) => invite(`t${i}`))
    const policy = roomOf(...many)
    expect(prohibitionOf(policy, OLGA, invite('one-more'))?.code).toBe('too_many_invitations')
    expect(prohibitionOf(policy, OLGA, invite('one-more', 'ed', 61_000))).toBeNull()
    expect(
      prohibitionOf(applyPolicy(policy, { type: 'revoke', token: 't7' }), OLGA, invite('one-more')),
    ).toBeNull()
  })

  it('leaves the list when the owner removes its user', () => {
    expect(roomOf(invite('t1'), { type: 'kick', user: 'ed', at: 3_000 }).invitations).toEqual({})
  })
})

it('[R4] a policy stored without newer fields admits the same people as before', () => {
  const { banned: _, guests: _g, invitations: _i, revokedAt: _r, ...older } = roomOf()
  const policy = policyOf(older)
  expect(policy).toEqual(roomOf())
  expect(refusalOf(policy, guest('zoe'))).toBeNull()
  expect(policyOf(null)).toEqual(DEFAULT_POLICY)
})

it('[R12] the API submits any number of times with n 0, and reports refusals', () => {
  const harness = new Harness()
  const olga = { client: 'api', user: 'olga', name: 'Olga', role: 'owner' as const }
  const submit = (change: PolicyChange) =>
    harness.authority.submit(
      olga,
      { type: 'submit', n: 0, base: harness.authority.state.seq, changes: [change] },
      9,
    )
  expect(submit({ type: 'mode', mode: 'classroom' })).toMatchObject({ type: 'accepted' })
  expect(submit({ type: 'chatting', on: false })).toMatchObject({ type: 'accepted' })
  expect(harness.seal().entries.map(({ client, n, user }) => [client, n, user])).toEqual([
    ['api', 0, 'olga'],
    ['api', 0, 'olga'],
  ])
  expect(submit({ type: 'ban', user: 'olga', on: true })).toMatchObject({
    type: 'reject',
    code: 'owner_stays',
  })
  expect(submit({ type: 'ban', user: 'ed', on: true, at: 77 })).toMatchObject({ type: 'accepted' })
  expect(harness.seal().entries[0]?.changes).toEqual([{ type: 'ban', user: 'ed', on: true, at: 9 }])
})
